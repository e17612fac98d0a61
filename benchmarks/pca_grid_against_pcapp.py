"""Robust principal components: our PCA-GRID against the C code of R's package pcaPP, on the same rows.

Both find a centre by the spatial median and then the first components, with 25 angles and 10 halvings. Processor seconds of
one thread, medians of three runs that take turns; and how far the components differ. Needs Rscript and pcaPP (Debian's
r-cran-pcapp), and AMLSEC_DATA for the week of Abilene's link loads. `--small` is a run of seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from amlsec.defenses.detectors.pca_grid import Grid, pca_grid
from amlsec.defenses.detectors.spatial_median import spatial_median

Floats = NDArray[np.float64]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SCRIPT = """
suppressMessages(library(pcaPP))
rows <- matrix(readBin("rows.bin", "double", {n} * {d}), {n}, {d})
spent <- system.time(found <- PCAgrid(rows, k = {k}, scores = FALSE))
writeBin(as.double(unclass(found$loadings)), "loadings.bin")
cat(spent[["user.self"]] + spent[["sys.self"]])
"""


class Timed(NamedTuple):
    """Which rows, processor seconds of both, and the greatest angle between two directions of one rank, in radians."""

    what: str
    ours: float
    theirs: float
    apart: float


def abilene() -> Floats:
    """The link loads (2016, 54) of a week."""
    week = np.load(Path(os.environ["AMLSEC_DATA"]) / "abilene_tm" / "abilene_week_2004-03-01_OD144_links54.npz")
    return np.asarray(week["X"] @ week["A"].T.astype(np.float64))


def factors(n: int, d: int) -> Floats:
    """Rows (n, d) of 30 Gaussian factors and noise."""
    rng = np.random.default_rng(0)
    return np.asarray(rng.normal(size=(n, 30)) @ rng.normal(size=(30, d)) + rng.normal(size=(n, d)))


def by_r(X: Floats, k: int, folder: Path) -> tuple[float, Floats]:
    """Processor seconds and components (k, d) of pcaPP's PCAgrid; reading the rows is not counted."""
    np.asfortranarray(X).T.tofile(folder / "rows.bin")
    script = SCRIPT.format(n=len(X), d=X.shape[1], k=k)
    environment = os.environ | ONE_THREAD
    done = subprocess.run(["Rscript", "-e", script], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout), np.fromfile(folder / "loadings.bin").reshape(k, -1)


def by_us(X: Floats, k: int) -> tuple[float, Grid]:
    with threadpool_limits(1):
        start = time.process_time()
        found = pca_grid(X - spatial_median(X), k)
        return time.process_time() - start, found


def apart(ours: Floats, theirs: Floats) -> float:
    """The greatest angle between directions (k, d) of the same rank, whatever their sign."""
    side = np.sign((ours * theirs).sum(axis=1, keepdims=True))
    return float(2 * np.arcsin(np.linalg.norm(ours - side * theirs, axis=1) / 2).max())


def timed(name: str, X: Floats, k: int, runs: int) -> Timed:
    spent: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            (ours, found), (theirs, loadings) = by_us(X, k), by_r(X, k, Path(folder))
            spent.append((ours, theirs))
    mine, other = np.median(spent, axis=0)
    what = f"{name}, {len(X):,} x {X.shape[1]}, {k} component(s)"
    return Timed(what, float(mine), float(other), apart(found.components, loadings))


def table(rows: Sequence[Timed]) -> str:
    lines = ["| rows | amlsec, s | pcaPP, s | times as fast | greatest angle between components |", "|---|---|---|---|---|"]
    lines += [f"| {r.what} | {r.ours:.3g} | {r.theirs:.3g} | {r.theirs / r.ours:.1f} | {r.apart:.1e} |" for r in rows]
    return "\n".join(lines)


def main(small: bool) -> str:
    if small:
        return table([timed("factors", factors(500, 40), 2, 1)])
    return table(
        [
            timed("Abilene", abilene(), 4, 3),
            timed("factors", factors(2016, 54), 4, 3),
            timed("factors", factors(20_000, 500), 1, 3),
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    print(main(parser.parse_args().small))
