"""KNN-Shapley: rows that are worth nothing to a nearest-neighbour vote, or less, are not trained on."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import Batch
from amlsec.defenses.screens.calibration import halved, judged
from amlsec.defenses.screens.harm_tests import Floats
from amlsec.defenses.screens.representation import features
from amlsec.errors import InvalidInput
from amlsec.evidence import Verdicts
from amlsec.impact.contract import Labelled
from amlsec.impact.knn_shapley import knn_shapley
from amlsec.threat import Influence, ThreatModel, Violation


@screen(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("jia2019efficient", "koh2022stronger", "vovk2005algorithmic"),
    spaces=("tabular", "text", "image"),
)
class KNNShapley(BaseEstimator):  # type: ignore[misc]
    """Judges a row by its Shapley value in the vote of the k nearest neighbours on trusted rows.

    The exact value of Jia et al. (2019), `amlsec.impact.knn_shapley`: what a row adds, on average over all sets of other
    rows it may join, to the share of right neighbours. The rows are the offered ones and those to calibrate by, and half
    of the trusted rows is voted on. A row is held back where its value is among the lowest `hold_back` of trusted rows
    of its label (`calibration.judged`). Distances are Euclidean, between `representation.features`.

    What it misses: rows far from every row that is voted on, which are worth 0, and flips among many: where most of the
    offered neighbours lie as well, each is blamed for its share alone. It says how typical a row is of its label, not what
    it does to the model: rows placed where their label is right are worth much (Koh, Steinhardt and Liang 2022).

    Parameters
    ----------
    k : neighbours that vote, at least 1
    hold_back : share of good rows that may be held back, in (0, 1)
    random_state : seed of the halves that trusted rows are split into: to vote on, and to calibrate by

    Raises InvalidInput on other settings, where a label has fewer than 5 distinct trusted rows, or where offered rows have
    other columns.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(500) % 2
    >>> rows = Batch(rng.normal(size=(500, 2)) + 4.0 * y[:, None], y)
    >>> screen, offered = KNNShapley().fit(rows.rows(slice(0, 400))), rows.rows(slice(400, 500))
    >>> flipped = offered.relabelled(np.where(np.arange(100) < 10, 1 - offered.y, offered.y))
    >>> accepted = screen.judge(flipped).accepted
    >>> int(accepted[:10].sum()), int(accepted[10:].sum())
    (0, 88)
    """

    def __init__(self, *, k: int = 5, hold_back: float = 0.05, random_state: int | None = 0) -> None:
        self.k = k
        self.hold_back = hold_back
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Keep half of the trusted rows to vote on."""
        if self.k < 1:
            raise InvalidInput("k", self.k, "must be at least 1")
        self.known_ = halved(trusted, self.hold_back, self.random_state)
        base = self.known_.base
        self.features_ = features(base)
        self.quiz_ = Labelled(self.features_(base.X), base.y)
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row; its reason says what the row takes from the vote."""
        check_is_fitted(self)
        measure = "minus its Shapley value in the nearest-neighbour vote, times the rows that share it"
        return judged(self._costs, measure, self.known_, offered, self.hold_back)

    def _costs(self, rows: Batch) -> Floats:
        values = knn_shapley(Labelled(self.features_(rows.X), rows.y), self.quiz_, k=self.k)
        return np.asarray(-len(rows) * values)
