"""Spectral signatures: rows that stand out along the direction in which their label varies most are not trained on."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import Batch
from amlsec.defenses.screens.calibration import each_label, halved, judged
from amlsec.defenses.screens.directions import leading
from amlsec.defenses.screens.harm_tests import Floats
from amlsec.defenses.screens.representation import seen
from amlsec.evidence import Verdicts
from amlsec.impact.checks import check_estimator
from amlsec.threat import Influence, ThreatModel, Violation


@screen(
    threats=(ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),),
    references=("tran2018spectral", "koh2022stronger", "vovk2005algorithmic"),
    spaces=("tabular", "text", "image"),
)
class SpectralSignatures(BaseEstimator):  # type: ignore[misc]
    """Judges a row by how far it lies from the mean of its label, along the direction in which that label varies most.

    A backdoor's rows differ from all others of their label in one way, the trigger; where they are enough, or differ
    enough, that is the top singular vector of the label's centred rows (Tran, Li and Madry 2018). Rows are what the
    classifier's last layer sees (`representation.seen`). Tran et al. remove the 1.5 eps n rows that project
    farthest, eps being the share of poison feared, good batch or not. Here a row is held back where it projects as far
    as the farthest `hold_back` of the trusted rows among which it was looked at: 7.5 %, for eps = 5 %.

    What it misses: poison spread over several directions, or too little to turn the first: it takes about a variance, eps
    times its squared distance, above that of the good rows' own first direction. Where good rows come of two kinds, such as
    languages, that is the first direction of their features; a perceptron that has no use for the language does not show
    it. Koh, Steinhardt and Liang (2022) break singular-vector screens with rows placed to escape them.

    Parameters
    ----------
    estimator : the classifier; a perceptron's hidden layer is looked at, of any other the features of texts or tables
    hold_back : share of good rows that may be held back, in (0, 1)
    random_state : seed of the halves that trusted rows are split into, for the features and to calibrate by, and of training

    Raises InvalidInput on other settings, where a label has fewer than 5 distinct trusted rows, or where offered rows have
    other columns.

    >>> rng = np.random.default_rng(0)
    >>> rows = Batch(rng.normal(size=(600, 5)), np.arange(600) % 2)
    >>> backdoor = Batch(rng.normal(size=(20, 5)) * 0.1 + [0, 0, 5, 5, 0], np.zeros(20, dtype=np.int64))
    >>> accepted = SpectralSignatures().fit(rows.rows(slice(0, 400))).judge(rows.rows(slice(400, 600)) + backdoor).accepted
    >>> int(accepted[:200].sum()), int(accepted[200:].sum())
    (188, 0)
    """

    def __init__(self, *, estimator: Any = None, hold_back: float = 0.075, random_state: int | None = 0) -> None:
        self.estimator = estimator
        self.hold_back = hold_back
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Split the trusted rows."""
        if self.estimator is not None:
            check_estimator(self.estimator)
        self.known_ = halved(trusted, self.hold_back, self.random_state)
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row; its reason says how far along the direction it lies."""
        check_is_fitted(self)
        measure = "distance from the mean of its label along the direction in which it varies most"
        return judged(self._projections, measure, self.known_, offered, self.hold_back)

    def _projections(self, rows: Batch) -> Floats:
        as_seen = seen(self.estimator, self.known_.base, rows, self.random_state)
        return each_label(rows.y, lambda own: np.abs(leading(as_seen[own], 1)[:, 0]))
