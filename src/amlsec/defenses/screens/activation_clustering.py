"""Activation clustering: rows in the smaller of two clusters of their label are not trained on."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.utils.validation import check_is_fitted

from amlsec.catalogue import screen
from amlsec.data import Batch
from amlsec.defenses.screens.calibration import each_label, halved, judged
from amlsec.defenses.screens.directions import leading
from amlsec.defenses.screens.harm_tests import Floats
from amlsec.defenses.screens.representation import seen
from amlsec.errors import InvalidInput
from amlsec.evidence import Verdicts
from amlsec.impact.checks import check_estimator
from amlsec.threat import Influence, ThreatModel, Violation

_SAME = 1e-9  # rows that lie nearer than this are one


@screen(
    threats=(ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),),
    references=("chen2018detecting", "vovk2005algorithmic"),
    spaces=("tabular", "text", "image"),
)
class ActivationClustering(BaseEstimator):  # type: ignore[misc]
    """Judges a row by how much nearer it lies to the smaller than to the larger of two clusters of its label.

    A model gives a label to good rows and to a backdoor's for different reasons, so their activations form two clusters
    (Chen et al. 2018): what the classifier's last layer sees of a label's rows (`representation.seen`) is reduced to its
    `dimensions` leading directions and split by k-means. Chen et al. then call a cluster poison that is small, or
    stands apart. Here trusted rows are clustered along with the offered ones, and a row is held back where it is as much
    on the smaller cluster's side as the `hold_back` of them that are most: where the smaller cluster is poison, hardly any
    trusted row is in it.

    What it misses: poison that is more than half of a label's rows, trusted ones included; poison whose
    cluster is less apart than two kinds of good rows are, such as languages, which it then splits instead; a perceptron
    that has no use for the language does not show it.

    Parameters
    ----------
    estimator : the classifier; a perceptron's hidden layer is looked at, of any other the features of texts or tables
    dimensions : leading directions kept, at least 1; Chen et al. take 10
    hold_back : share of good rows that may be held back, in (0, 1)
    random_state : seed of the halves that trusted rows are split into, for the features and to calibrate by, of training
        and of clustering

    Raises InvalidInput on other settings, where a label has fewer than 5 distinct trusted rows, or where offered rows have
    other columns.

    >>> rng = np.random.default_rng(0)
    >>> rows = Batch(rng.normal(size=(600, 5)), np.arange(600) % 2)
    >>> backdoor = Batch(rng.normal(size=(20, 5)) * 0.1 + [0, 0, 5, 5, 0], np.zeros(20, dtype=np.int64))
    >>> screen = ActivationClustering().fit(rows.rows(slice(0, 400)))
    >>> accepted = screen.judge(rows.rows(slice(400, 600)) + backdoor).accepted
    >>> int(accepted[:200].sum()), int(accepted[200:].sum())
    (194, 0)
    """

    def __init__(
        self, *, estimator: Any = None, dimensions: int = 10, hold_back: float = 0.05, random_state: int | None = 0
    ) -> None:
        self.estimator = estimator
        self.dimensions = dimensions
        self.hold_back = hold_back
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Split the trusted rows."""
        if self.estimator is not None:
            check_estimator(self.estimator)
        if self.dimensions < 1:
            raise InvalidInput("dimensions", self.dimensions, "must be at least 1")
        self.known_ = halved(trusted, self.hold_back, self.random_state)
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row; its reason says how much nearer the smaller cluster it lies."""
        check_is_fitted(self)
        measure = "distance from the larger of two clusters of its label, less that from the smaller"
        return judged(self._leanings, measure, self.known_, offered, self.hold_back)

    def _leanings(self, rows: Batch) -> Floats:
        as_seen = seen(self.estimator, self.known_.base, rows, self.random_state)
        return each_label(rows.y, lambda own: self._leaning(leading(as_seen[own], self.dimensions)))

    def _leaning(self, points: Floats) -> Floats:
        """How much nearer each point (n, d) lies to the smaller of two clusters; 0 where all are one."""
        if np.ptp(points, axis=0).max(initial=0.0) < _SAME:
            return np.zeros(len(points))
        means = KMeans(2, n_init=10, random_state=self.random_state).fit(points)
        smaller = int(np.bincount(means.labels_, minlength=2).argmin())
        distances = means.transform(points)
        return np.asarray(distances[:, 1 - smaller] - distances[:, smaller])
