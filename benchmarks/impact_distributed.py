"""Training again, 100,000 times, on a Dask cluster of two worker processes, one of which is killed on the way.

Candidates are rows of NSL-KDD, or of scikit-learn's breast cancer table where AMLSEC_DATA is not set: as they are, under the
other label, and under the other label with all volumes doubled. Each joins the base for itself; a pipeline of scaling and
gradient boosting is trained again with it. A worker process is killed with SIGKILL when a third of the chunks are stored,
and its nanny starts another. The same is then done by two loky processes, and must give the same numbers to the last bit.
`--candidates 300` is a run of seconds.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyarrow import concat_tables, csv
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from amlsec.engine import Workers
from amlsec.impact.contract import Labelled, Question, Tally
from amlsec.impact.retraining import refitted
from amlsec.impact.units import Units
from dask_cluster import cluster

BASE, QUIZ = 500, 300
ESTIMATOR = make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=3, max_depth=2, max_features=5))
FILES = "KDDTrain20Percent.csv.gz", "KDDTest+.csv.gz"


class Run(NamedTuple):
    """What came out, and how long it took by the clock."""

    tally: Tally
    seconds: float


class Cluster(NamedTuple):
    """A run on a cluster: who was killed when, and who was there before and after."""

    run: Run
    stored: int
    killed: int
    before: list[int]
    after: list[int]


def question(candidates: int) -> Question:
    """Base, quiz and offered rows, no two of base and quiz equal, and none of them offered."""
    X, y = rows()
    X, first = np.unique(X, axis=0, return_index=True)
    y = y[first]
    order = np.random.default_rng(0).permutation(len(X))
    base, quiz, rest = np.split(order, [min(BASE, len(X) // 3), min(BASE + QUIZ, len(X) // 2)])
    return Question(Labelled(X[base], y[base]), offered(X[rest], y[rest], candidates), Labelled(X[quiz], y[quiz]))


def rows() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    folder = os.environ.get("AMLSEC_DATA")
    if not folder:
        X, y = load_breast_cancer(return_X_y=True)
        return X, y.astype(np.int64)
    table = concat_tables([csv.read_csv(Path(folder) / "nsl_kdd" / name) for name in FILES])
    kept = [f.name for f in table.schema if str(f.type) in ("int64", "double") and f.name not in ("label", "difficulty")]
    X = np.column_stack([table[name].to_numpy() for name in kept]).astype(float)
    return X, (np.array(table["label"].to_pylist()) != "normal").astype(np.int64)


def offered(X: NDArray[np.float64], y: NDArray[np.int64], candidates: int) -> Labelled:
    """As they are, flipped, and flipped with volumes doubled: round and round where that is not enough."""
    which = np.arange(candidates)
    form, row = which // len(X) % 3, which % len(X)
    return Labelled(X[row] * np.where(form == 2, 2.0, 1.0)[:, None], np.where(form == 0, y[row], 1 - y[row]))


def timed(work: Callable[[], Tally]) -> Run:
    start = time.perf_counter()
    return Run(work(), time.perf_counter() - start)


def on_a_cluster(asked: Question, units: Units, folder: Path) -> Cluster:
    """The run on two workers, the first of them killed when a third of the chunks are stored."""
    from distributed import Client

    with cluster(folder, workers=2) as running, Client(running.address, set_as_default=False) as client:
        before = sorted(client.run(os.getpid).values())
        with ThreadPoolExecutor(1) as pool:
            workers = Workers(cluster=running.address, folder=folder / "kept")
            ending = pool.submit(timed, lambda: refitted(ESTIMATOR, asked, units, workers))
            stored = wait_for(ending, folder / "kept", third(units))
            os.kill(before[0], signal.SIGKILL)
            run = ending.result()
        client.wait_for_workers(2, timeout=60)
        return Cluster(run, stored, before[0], before, sorted(client.run(os.getpid).values()))


def third(units: Units) -> Callable[[Path], bool]:
    """Whether a third of the units are in stored chunks, whose names say which they hold."""

    def reached(folder: Path) -> bool:
        return any(int(path.stem.split("-")[1]) >= len(units) / 3 for path in folder.glob("*/chunks/0*.json"))

    return reached


def wait_for(ending: Future[Any], folder: Path, reached: Callable[[Path], bool]) -> int:
    """Until the condition holds; how many chunks are stored then."""
    while not reached(folder):
        if ending.done():
            raise SystemExit("the run was over before a worker could be killed")
        time.sleep(0.02)
    return len(list(folder.glob("*/chunks/0*.json")))


def show(asked: Question, here: Run, there: Cluster) -> str:
    n, tally = len(asked.offered.y), there.run.tally
    rows = f"{len(asked.base.y)} base and {len(asked.quiz.y)} quiz rows of {asked.base.X.shape[1]} columns"
    killed = f"worker {there.killed} of {there.before} was killed; then {there.after}"
    changed = int((tally.helped + tally.hurt).any(axis=1).sum())
    return "\n".join(
        [
            f"{n:,} candidates, {rows}",
            f"Dask, 2 worker processes: {there.run.seconds:.1f} s, {n / there.run.seconds:,.0f} candidates a second",
            f"  {there.stored} chunks were stored when {killed}",
            f"loky, 2 processes:        {here.seconds:.1f} s, {n / here.seconds:,.0f} candidates a second",
            f"{changed:,} candidates change a verdict; all counts and margins are equal to the last bit",
        ]
    )


def main(candidates: int) -> str:
    asked, units = question(candidates), Units.single(candidates)
    with TemporaryDirectory() as folder:
        there = on_a_cluster(asked, units, Path(folder))
        here = timed(lambda: refitted(ESTIMATOR, asked, units, Workers(2)))
    for name in ("helped", "hurt", "margin"):
        if not np.array_equal(getattr(here.tally, name), getattr(there.run.tally, name)):
            raise SystemExit(f"{name} differs between the cluster and loky")
    if there.killed in there.after or len(there.after) != 2:
        raise SystemExit("the killed worker was not replaced")
    return show(asked, here, there)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, default=100_000)
    print(main(parser.parse_args().candidates))
