"""Label consistency: rows whose nearest trusted neighbours have the other label are not trained on."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import Batch
from amlsec.defenses.screens.calibration import halved, judged
from amlsec.defenses.screens.harm_tests import Floats
from amlsec.defenses.screens.representation import features
from amlsec.errors import InvalidInput
from amlsec.evidence import Verdicts
from amlsec.threat import Influence, ThreatModel, Violation


@screen(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("paudice2018label", "koh2022stronger", "vovk2005algorithmic"),
    spaces=("tabular", "text", "image"),
)
class LabelConsistency(BaseEstimator):  # type: ignore[misc]
    """Judges a row by how many of its nearest trusted rows have the other label.

    Paudice et al. (2018) relabel a training row on which its neighbours agree against it. Here neighbours are trusted
    rows, so poison cannot vote for itself, and a row is held back where its share of disagreeing neighbours is among the
    highest `hold_back` of trusted rows of its label that are not neighbours (`calibration.judged`). Distances are
    Euclidean, between `representation.features`.

    What it misses: poison whose label is what its neighbours say, however far out it lies and however much it moves the
    model; Koh, Steinhardt and Liang (2022) break nearest-neighbour screens with such rows. Flips where the classes overlap.

    Parameters
    ----------
    k : neighbours asked, at least 1; all where there are fewer
    hold_back : share of good rows that may be held back, in (0, 1)
    random_state : seed of the halves that trusted rows are split into: neighbours, and rows to calibrate by

    Raises InvalidInput on other settings, where a label has fewer than 5 distinct trusted rows, or where offered rows have
    other columns.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(500) % 2
    >>> rows = Batch(rng.normal(size=(500, 2)) + 4.0 * y[:, None], y)
    >>> screen, offered = LabelConsistency().fit(rows.rows(slice(0, 400))), rows.rows(slice(400, 500))
    >>> int(screen.judge(offered).accepted.sum()), int(screen.judge(offered.relabelled(1 - offered.y)).accepted.sum())
    (99, 0)
    """

    def __init__(self, *, k: int = 10, hold_back: float = 0.05, random_state: int | None = 0) -> None:
        self.k = k
        self.hold_back = hold_back
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Keep half of the trusted rows as neighbours."""
        if self.k < 1:
            raise InvalidInput("k", self.k, "must be at least 1")
        self.known_ = halved(trusted, self.hold_back, self.random_state)
        base = self.known_.base
        self.features_ = features(base)
        self.neighbors_ = NearestNeighbors(n_neighbors=min(self.k, len(base))).fit(self.features_(base.X))
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row; its reason says which share of its neighbours has the other label."""
        check_is_fitted(self)
        measure = "share of its nearest trusted rows that have the other label"
        return judged(self._disagreeing, measure, self.known_, offered, self.hold_back)

    def _disagreeing(self, rows: Batch) -> Floats:
        near = self.neighbors_.kneighbors(self.features_(rows.X), return_distance=False)
        return np.asarray((self.known_.base.y[near] != rows.y[:, None]).mean(axis=1))
