"""A million rows through one gate, and the memory that takes, beside what a tenth of them takes.

Each size is submitted, judged by the default policy, decided on and put into a snapshot, every step in a process of its own
whose greatest resident memory is told, and its processor seconds, which hang less on who else is at work. The process that
reads a file is limited by `memory` of `gate.toml`. `--small` is a run of seconds.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gate_load import ME, table
from pyarrow import parquet

from amlsec.evidence import Decision
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns, Labels

PIECE = 10_000
TRUSTED = 2000
STEPS = ("submit", "judge", "accept", "snapshot", "save", "verify")


def step(name: str, home: Path, file: Path) -> None:
    """One step of a submission's life."""
    gate = Gate.open(home)
    if name == "submit":
        gate.submit(file, "feed", act=ME)
    elif name == "judge":
        gate.work("benchmark")
    elif name == "accept":
        (waiting,) = gate.submissions()
        gate.review(waiting.id, Decision.ACCEPT, act=ME)
    elif name == "snapshot":
        gate.snapshot(act=ME)
    elif name == "save":
        gate.save(gate.snapshots()[0].id, home / "snapshot")
    else:
        assert gate.verify().holds
    gate.close()


def timed(name: str, home: Path, file: Path) -> tuple[float, float, int]:
    """Seconds of a step, those of processors, and the greatest resident memory of its process in MiB."""
    command = [sys.executable, __file__, "--step", name, str(home), str(file)]
    begin, before = time.perf_counter(), _processors()
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return time.perf_counter() - begin, _processors() - before, int(told)


def _processors() -> float:
    """Seconds that processes spent which were begun here and have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def peak() -> int:
    """The greatest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) >> 10


def written(rows: int, file: Path) -> Path:
    """A Parquet file of so many rows, a piece at a time."""
    with parquet.ParquetWriter(file, table(2, 0).schema) as writer:
        for start in range(0, rows, PIECE):
            writer.write_table(table(min(PIECE, rows - start), start + 1))
    return file


def measured(rows: int, folder: Path) -> Iterator[tuple[str, float, float, int]]:
    """Every step at this size."""
    home = folder / f"gate-{rows}"
    caps = 'rule = "roni & provenance"\n[caps]\nshare = 1.0\ngrowth = 1.0\n'
    Gate.init(home, table(TRUSTED, 0), Columns("label"), Labels(("bad",), ("ok",)), act=ME, policy=caps).close()
    file = written(rows, folder / f"{rows}.parquet")
    for name in STEPS:
        yield (name, *timed(name, home, file))


def main() -> int:
    """Run and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="2,000 and 20,000 rows")
    parser.add_argument("--step", nargs=3, metavar=("STEP", "HOME", "FILE"), help="one step, as this script calls itself")
    asked = parser.parse_args()
    if asked.step:
        name, home, file = asked.step
        step(name, Path(home), Path(file))
        print(peak())
        return 0
    print("| rows | step | seconds | rows/s | processor s | memory MiB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for rows in (2_000, 20_000) if asked.small else (100_000, 1_000_000):
            for name, seconds, processor, memory in measured(rows, Path(folder)):
                print(
                    f"| {rows:,} | {name} | {seconds:.1f} | {rows / seconds:,.0f} | {processor:.1f} | {memory} |", flush=True
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
