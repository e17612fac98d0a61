"""`make test-extras WHEEL`: each extra alone, in a new environment with the wheel: it installs, its smallest use works,
and without it that use says how to install it. Prints a table; exits 1 where anything differs."""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bare import HERE, bare, sizes
from uses import USES

BESIDE = {"pg": "gate", "s3": "gate"}
"""Extras whose use, without them, must be tried with another one installed."""


@dataclass(frozen=True)
class Tried:
    """What came of one extra."""

    name: str
    packages: int
    megabytes: float
    works: bool
    tells: bool

    def __str__(self) -> str:
        words = ("yes" if held else "NO" for held in (self.works, self.tells))
        return f"| `{self.name}` | {self.packages} | {self.megabytes:.0f} | {' | '.join(words)} |"


def tried(name: str, wheel: Path, folder: Path, usual: dict[str, int]) -> Tried:
    """Install the wheel with an extra and use it."""
    python = bare(folder / name, wheel, name)
    more = {package: size for package, size in sizes(python).items() if package not in usual}
    without = folder / BESIDE.get(name, "none") / "bin" / "python"
    said = use(without, name).stderr.splitlines()
    tells = bool(said) and "InvalidInput" in said[-1] and f"pip install 'amlsec[{name}]'" in said[-1]
    works = use(python, name).returncode == 0
    if name not in BESIDE.values():
        shutil.rmtree(folder / name)
    return Tried(name, len(more), sum(more.values()) / 1e6, works, tells)


def use(python: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run its smallest use in an empty folder; what it said where it failed is shown."""
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run([python, "-P", HERE / "uses.py", name], cwd=folder, capture_output=True, text=True)
    if ended.returncode and "InvalidInput" not in ended.stderr:
        print(ended.stderr[-2000:], file=sys.stderr)
    return ended


def main(wheel: Path, names: list[str]) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        usual = sizes(bare(folder / "none", wheel))
        print(f"Without an extra: {len(usual)} packages, {sum(usual.values()) / 1e6:.0f} MB.\n")
        print("| extra | packages more | MB more | works | says what to install where it is missing |")
        print("| --- | --- | --- | --- | --- |", flush=True)
        well = True
        for name in sorted(names, key=lambda name: name in BESIDE):
            one = tried(name, wheel, folder, usual)
            well &= one.works and one.tells
            print(one, flush=True)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:] or list(USES)))
