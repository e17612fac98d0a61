"""TRIM for classes: regression on the labels of the rows that fit best, cut at the middle."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amlsec.catalogue import learner
from amlsec.defenses.learners.linear_features import TwoSided, linear_features, signs
from amlsec.defenses.learners.parts import labelled_rows
from amlsec.defenses.trimmed_regression import TrimmedRegression
from amlsec.threat import Influence, ThreatModel, Violation


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("jagielski2018manipulating",),
)
class Trim(TwoSided):
    """Classifies by a regression on -1 and 1 that leaves out the rows whose labels it fits worst (Jagielski et al. 2018).

    TRIM is made for regression (`TrimmedRegression`); here its prediction is cut at 0. It answers labels that contradict
    the rows around them, as flips do; poison that fits stays in, and no certificate is given. The price on clean rows is the
    `contamination` share that is left out: honest rows near the boundary, and, where one class is rarer than that share,
    possibly all of it.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d); see `linear_features` for what is made of it.

    Parameters
    ----------
    regressor : what is fitted to the rows kept; None: ridge regression
    contamination : share of the rows that is left out, in [0, 0.5)
    random_state : seed of the subsets that are started from

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    regression_ : the fitted TrimmedRegression; its `kept_` says which rows were kept

    Raises InvalidInput where a setting is out of range, `y` does not match `X`, or has not two classes.

    >>> X = np.arange(40.0)[:, None]
    >>> y = np.repeat([0, 1], 20)
    >>> y[35:] = 0
    >>> Trim(contamination=0.2).fit(X, y).predict([[2.0], [37.0]])
    array([0, 1])
    """

    def __init__(self, regressor: Any = None, *, contamination: float = 0.1, random_state: int | None = 0) -> None:
        self.regressor = regressor
        self.contamination = contamination
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Fit to the rows that fit best."""
        rows, labels = labelled_rows(X, y)
        self.classes_, target = signs(labels)
        self.features_ = linear_features(rows).fit(rows)
        trimmed = TrimmedRegression(self.regressor, contamination=self.contamination, random_state=self.random_state)
        self.regression_ = trimmed.fit(self.features_.transform(rows), target)
        return self

    def _values(self, F: Any) -> NDArray[np.float64]:
        return self.regression_.predict(F)
