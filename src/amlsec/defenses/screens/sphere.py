"""Sphere: rows far from the centroid of their label are not trained on."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import Batch
from amlsec.defenses.screens.calibration import halved, judged
from amlsec.defenses.screens.class_centroids import centroids
from amlsec.defenses.screens.harm_tests import Floats
from amlsec.defenses.screens.representation import features
from amlsec.evidence import Verdicts
from amlsec.threat import Influence, ThreatModel, Violation


@screen(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("steinhardt2017certified", "koh2022stronger", "vovk2005algorithmic"),
    spaces=("tabular", "text", "image"),
)
class Sphere(BaseEstimator):  # type: ignore[misc]
    """Judges a row by its distance from the centroid of its label.

    The sphere of Steinhardt, Koh and Liang (2017), |x - mu_y| <= r_y, as an oracle has it: the centroids are those of
    trusted rows, which poison cannot move. Rows are `representation.features`; the radius is such that a share `hold_back`
    of trusted rows of the label that made no centroid lies beyond (`calibration.judged`).

    What it misses: everything within the sphere. Its radius grows with the square root of the columns, and with the few
    honest rows that are far out in columns of heavy tails, so that there is room: for flipped labels, where the classes are
    nearer to each other than rows to their centroid. Koh, Steinhardt and Liang (2022) break it with rows made to lie within.

    Parameters
    ----------
    hold_back : share of good rows that may be held back, in (0, 1)
    random_state : seed of the halves that trusted rows are split into: for centroids, and to calibrate by

    Raises InvalidInput on other settings, where a label has fewer than 5 distinct trusted rows, or where offered rows have
    other columns.

    >>> rng = np.random.default_rng(0)
    >>> rows = Batch(rng.normal(size=(400, 2)), np.arange(400) % 2)
    >>> verdicts = Sphere().fit(rows).judge(Batch(np.array([[0.0, 1.0], [0.0, 9.0]]), np.array([1, 1])))
    >>> verdicts.accepted, verdicts.reason[1]
    (array([ True, False]),
     "distance from its label's centroid: 8.89, p = 0.0099 against 100 trusted rows of its label")
    """

    def __init__(self, *, hold_back: float = 0.05, random_state: int | None = 0) -> None:
        self.hold_back = hold_back
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Learn the centroids from half of the trusted rows."""
        self.known_ = halved(trusted, self.hold_back, self.random_state)
        base = self.known_.base
        self.features_ = features(base)
        self.centroids_ = centroids(self.features_(base.X), base)
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row; its reason says how far from the centroid it lies."""
        check_is_fitted(self)
        return judged(self._distances, "distance from its label's centroid", self.known_, offered, self.hold_back)

    def _distances(self, rows: Batch) -> Floats:
        from_both = euclidean_distances(self.features_(rows.X), self.centroids_)
        return np.asarray(from_both[np.arange(len(rows)), rows.y])
