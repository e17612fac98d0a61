"""Is the impact of one row on a random forest more than the luck of its seed? And of twenty rows together?

For each candidate the forest is trained with and without it under many seeds. Two standard deviations are compared: of one
candidate's impact over the seeds, and between candidates' true impacts (the variance of their means, less what the seeds
leave in a mean: a one-way analysis of variance). Candidates are honest rows and rows under the other label, half and half.
`--seeds 3 --candidates 4` is a run of seconds.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from impact_distributed import rows
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestClassifier

from amlsec.engine import Workers
from amlsec.impact.contract import Labelled, Question, Tally
from amlsec.impact.retraining import refitted
from amlsec.impact.units import Units

SIZES = 1, 20


def question(units: int, size: int) -> Question:
    """1,000 base and 500 quiz rows; the first half of the units honest, the second flipped."""
    X, y = rows()
    n = units * size
    parts = np.split(np.random.default_rng(0).permutation(len(X)), [1000, 1500, 1500 + n])
    base, quiz, offered, _ = (Labelled(X[part], y[part]) for part in parts)
    flipped = np.arange(n) >= n // 2
    return Question(base, Labelled(offered.X, np.where(flipped, 1 - offered.y, offered.y)), quiz)


def spread(values: NDArray[np.float64]) -> tuple[float, float]:
    """Standard deviations over seeds and between candidates, of impacts (seeds, candidates).

    >>> noise = np.random.default_rng(0).normal(size=(200, 300))
    >>> [round(float(sd), 1) for sd in spread(noise + np.repeat([-2.0, 2.0], 150))]
    [1.0, 2.0]
    """
    within = values.var(axis=0, ddof=1).mean()
    between = values.mean(axis=0).var(ddof=1) - within / len(values)
    return float(np.sqrt(within)), float(np.sqrt(max(between, 0.0)))


def auc(harm: NDArray[np.float64]) -> float:
    """How often a flipped unit, of the second half, harms more than an honest one."""
    half = len(harm) // 2
    return float((rankdata(harm)[half:].sum() - half * (half + 1) / 2) / half**2)


def show(size: int, tallies: list[Tally]) -> str:
    lines = [f"{size} row(s) a unit"]
    scores: dict[str, Any] = {
        "verdicts, net": lambda tally: (tally.helped - tally.hurt).sum(axis=1).astype(float),
        "margin, worse class": lambda tally: tally.margin.min(axis=1),
    }
    for name, score in scores.items():
        values = np.array([score(tally) for tally in tallies])
        over, between = spread(values)
        one, averaged = np.mean([auc(-row) for row in values]), auc(-values.mean(axis=0))
        spreads = f"sd over seeds {over:.3g}, between units {between:.3g}"
        lines.append(f"  {name:20} {spreads}; AUC of flips: by one seed {one:.2f}, by all of them {averaged:.2f}")
    return "\n".join(lines)


def main(seeds: int, candidates: int, trees: int) -> str:
    forest = RandomForestClassifier(trees)
    parts = []
    for size in SIZES:
        asked, units = question(candidates, size), Units(np.arange(candidates * size), np.arange(candidates + 1) * size)
        parts.append(show(size, [refitted(forest, asked, units, Workers(2), random_state=seed) for seed in range(seeds)]))
    return "\n".join(parts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("seeds", 15), ("candidates", 30), ("trees", 100)):
        parser.add_argument(f"--{option}", type=int, default=default)
    asked_for = parser.parse_args()
    print(main(asked_for.seeds, asked_for.candidates, asked_for.trees))
