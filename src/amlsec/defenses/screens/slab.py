"""Slab: rows far from the centroid of their label, towards the other's or away from it, are not trained on."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
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
class Slab(BaseEstimator):  # type: ignore[misc]
    """Judges a row by its distance from the centroid of its label, along the line through both centroids.

    The slab of Steinhardt, Koh and Liang (2017), |<x - mu_y, mu_y - mu_-y>| <= s_y, as an oracle has it: the centroids
    are those of trusted rows, which poison cannot move; distances here are divided by that between the centroids' length.
    Rows are `representation.features`; the width is such that a share `hold_back` of trusted rows of the label that made no
    centroid lies outside (`calibration.judged`).

    What it misses: everything across the line, however far (`Sphere` sees that); along it, all within the width, which is
    where Koh, Steinhardt and Liang (2022) put their rows. Where the centroids coincide it accepts all.

    Parameters
    ----------
    hold_back : share of good rows that may be held back, in (0, 1)
    random_state : seed of the halves that trusted rows are split into: for centroids, and to calibrate by

    Raises InvalidInput on other settings, where a label has fewer than 5 distinct trusted rows, or where offered rows have
    other columns.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(400) % 2
    >>> screen = Slab().fit(Batch(rng.normal(size=(400, 2)) + 6.0 * y[:, None] * [1, 0], y))
    >>> screen.judge(Batch(np.array([[6.0, 0.0], [0.0, 0.0]]), np.array([1, 1]))).accepted
    array([ True, False])
    """

    def __init__(self, *, hold_back: float = 0.05, random_state: int | None = 0) -> None:
        self.hold_back = hold_back
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Learn the line from half of the trusted rows."""
        self.known_ = halved(trusted, self.hold_back, self.random_state)
        base = self.known_.base
        self.features_ = features(base)
        benign, malicious = centroids(self.features_(base.X), base)
        apart = float(np.linalg.norm(malicious - benign))
        self.direction_ = (malicious - benign) / (apart or 1.0)
        self.centres_ = np.array([benign, malicious]) @ self.direction_
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row; its reason says how far along the line it lies from its centroid."""
        check_is_fitted(self)
        measure = "distance from its label's centroid along the line through both"
        return judged(self._along, measure, self.known_, offered, self.hold_back)

    def _along(self, rows: Batch) -> Floats:
        return np.asarray(np.abs(self.features_(rows.X) @ self.direction_ - self.centres_[rows.y]))
