"""All that is measured of the gate, part by part: `make bench-gate`.

What a part prints is shown and, once it has ended well, kept as a file with its time and the machine's load; a part that
is kept is not run again, so that a run that was stopped goes on where it was. The year and the rates keep their finished
panels beside it. To measure anew, remove the folder. `--small` runs every part at its small size.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from amlsec.whole import whole

HERE = Path(__file__).resolve().parent
OUT = Path("amlsec-bench")
CRASH = ["-m", "pytest", "-q", str(HERE.parent / "tests/gate/test_crash.py"), "-m"]
PARTS = ("load", "million", "crash", "rates", "threats", "year")
"""The longest come last."""


def command(part: str, small: bool) -> list[str]:
    """What Python is to run."""
    if part == "crash":
        return [*CRASH, "not slow" if small else "slow"]
    return [str(HERE / f"gate_{part}.py"), *["--small"] * small]


def run(words: Sequence[str], file: Path) -> str:
    """Show and keep what it prints; a line of its time. Raises CalledProcessError where it fails, and nothing is kept."""
    begin, before = time.monotonic(), os.getloadavg()[0]
    with whole(file) as kept:
        for line in printed(words):
            print(line, end="", flush=True)
            kept.write(line.encode())
        minutes, seconds = divmod(round(time.monotonic() - begin), 60)
        told = f"{file.stem}: {minutes} min {seconds} s, load {before:.1f} before and {os.getloadavg()[0]:.1f} after"
        kept.write(f"\n{told}\n".encode())
    return told


def printed(words: Sequence[str]) -> Iterator[str]:
    """What it prints, line by line."""
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield from process.stdout
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)


def main(argv: list[str] | None = None) -> int:
    """Run what is not kept; 1 where a part failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="every part at its small size")
    parser.add_argument("--out", type=Path, help="folder of what was printed")
    chosen = parser.parse_args(argv)
    out = chosen.out or OUT / ("gate-small" if chosen.small else "gate")
    out.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        file = out / f"{part}.txt"
        try:
            told = f"{file} is kept" if file.exists() else run(command(part, chosen.small), file)
        except (subprocess.CalledProcessError, KeyboardInterrupt) as error:
            print(f"{part}: {'stopped' if isinstance(error, KeyboardInterrupt) else error}; run again to go on", flush=True)
            return 1
        print(told, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
