"""The impact engine beside the Adversarial Robustness Toolbox, on the same arrays."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
from _impact_cases import Rows
from roni_against_art import Entry, Task, has_toolbox, timed, toolbox, trained_again
from scipy.sparse import csr_matrix
from sklearn.naive_bayes import MultinomialNB

from amlsec.data import Batch
from amlsec.impact.contract import Labelled
from amlsec.impact.measure import impacts, margins

RUNS = 3
OURS, OURS_SPARSE = "amlsec impacts", "amlsec impacts, the same rows sparse"


def peers_table(rows: Rows, candidates: int) -> str:
    """Medians of three runs that take turns, as Markdown; ratios are to our impacts on dense rows, and on sparse ones."""
    task = as_task(rows, candidates)
    runs = [entries(task) for _ in range(RUNS)]
    seconds = {each[0].name: median(one.seconds for one in each) for each in zip(*runs, strict=True)}
    lines = ["| MultinomialNB, 1,000 words | processor seconds | times ours | times ours, sparse |", "|---|---|---|---|"]
    for name, took in seconds.items():
        ratios = " | ".join(f"{took / seconds[ours]:,.3g}" for ours in (OURS, OURS_SPARSE))
        lines.append(f"| {name} | {took:.3g} | {ratios} |")
    return "\n".join(lines if has_toolbox() else [*lines, "", "The toolbox is not installed: pip install 'amlsec[bench]'"])


def as_task(rows: Rows, candidates: int) -> Task:
    """Dense presence of words, as the toolbox takes no sparse rows."""
    base, quiz, offered = (
        Batch((part.X > 0).astype(np.float64).toarray(), part.y) for part in (rows.base, rows.quiz, rows.offered)
    )
    return Task(base, quiz, quiz, offered.rows(slice(0, candidates)), np.zeros(candidates, dtype=bool))


def entries(task: Task) -> Sequence[Entry]:
    """One run of each; the toolbox gives one verdict a candidate, not the same ones (docs/benchmarks.md)."""
    parts = task.base, task.offered, task.quiz
    sparse = [Labelled(csr_matrix(part.X), part.y) for part in parts]
    ours, measured = timed(lambda: impacts(MultinomialNB(), *parts))
    alone, _ = timed(lambda: margins(MultinomialNB(), *parts))
    compact, _ = timed(lambda: impacts(MultinomialNB(), *sparse))
    loop, net = timed(lambda: trained_again(task))
    if not (measured.net.sum(axis=1) == net).all():
        raise SystemExit("impacts by algebra differ from those of training again")
    found = [
        Entry(OURS, ours),
        Entry(OURS_SPARSE, compact),
        Entry("amlsec margins alone", alone),
        Entry("clone and fit in a loop, the base once", loop),
    ]
    if has_toolbox():
        found += [
            toolbox(task, "ART RONIDefense uncalibrated", calibrated=False, at_most=len(task.offered)),
            toolbox(task, "ART RONIDefense default: 3 judged, scaled up", calibrated=True, at_most=3),
        ]
    return found
