"""amlsec as a whole against ART, cleanlab, pyDVL and alibi-detect, and the page docs/peers.md that shows it.

Tasks are written as files; each library answers them in an environment of its own (`make bench-peers` makes them), one after
the other on one thread. A run that was stopped goes on where it was. `--small` is a run of seconds on few rows, without the
libraries that are not there, and writes no page.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from _peers_figure import save
from _peers_page import page
from _peers_results import read, table
from _peers_tasks import few, makers

HERE = Path(__file__).resolve().parent
ROOT, RIVALS, DOCS = HERE.parent, HERE / "rivals", HERE.parent / "docs"
PEERS = ("art", "cleanlab", "pydvl", "alibi_detect")
SCRIPTS = ("art_roni_sign.py", "art_provenance_binary.py", "art_partitions_sklearn.py")
ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def interpreter(environments: Path, peer: str) -> Path:
    return environments / f".venv-peer-{peer}" / "bin" / "python"


def ask(python: Path, peer: str, folder: Path) -> None:
    """Have one library answer every task of its kinds."""
    subprocess.run([python, RIVALS / f"by_{peer}.py", folder], check=True, env=os.environ | ALONE)


def shown(python: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """The short scripts, each with what it prints."""
    for name in SCRIPTS:
        script = HERE / name
        done = subprocess.run([python, "-W", "ignore", script], check=True, capture_output=True, text=True)
        yield f"benchmarks/{name}", (script.read_text("utf-8"), done.stdout)


def versions(peers: list[str]) -> list[str]:
    """What each environment pins first: the library itself."""
    return [(RIVALS / f"{peer}.txt").read_text("utf-8").split()[0].replace("==", " ") for peer in peers]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a run of seconds on few rows; writes no page")
    parser.add_argument("--environments", type=Path, default=ROOT, help="folder of the libraries' environments")
    parser.add_argument("--out", type=Path, default=Path("amlsec-bench/peers"), help="folder of the tasks and answers")
    chosen = parser.parse_args()
    folder = chosen.out / ("small" if chosen.small else "full")
    there = [peer for peer in PEERS if interpreter(chosen.environments, peer).exists()]
    if not chosen.small and len(there) < len(PEERS):
        parser.exit(1, f"{', '.join(sorted({*PEERS} - {*there}))}: no environment; `make bench-peers` makes them\n")
    for make, seeds in (few() if chosen.small else makers()).items():
        for seed in range(seeds):
            for task in make(seed):
                task.save(folder)
    ask(Path(sys.executable), "amlsec", folder)
    for peer in there:
        ask(interpreter(chosen.environments, peer), peer, folder)
    answers = read(folder)
    scripts = dict(shown(interpreter(chosen.environments, "art"))) if "art" in there else {}
    written = page(answers, versions(there), scripts)
    if chosen.small:
        print(written)
        return
    (DOCS / "peers.md").write_text(written, "utf-8")
    (DOCS / "peers.csv").write_text(table(answers), "utf-8")
    save(answers, DOCS / "peers.svg")


if __name__ == "__main__":
    main()
