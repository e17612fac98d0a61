"""Sever: rows whose gradients stand out along one direction are left out, and the model is fitted again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack, issparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from amlsec.catalogue import learner
from amlsec.defenses.learners.linear_features import TwoSided, linear_features, signs
from amlsec.defenses.learners.parts import labelled_rows
from amlsec.defenses.screens.directions import leading
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation

Floats = NDArray[np.float64]


class Loss(NamedTuple):
    """The linear model that minimises a loss, given C, and the loss's slope by the margin (n,)."""

    model: Callable[[float], Any]
    slope: Callable[[Floats], Floats]


LOSSES = {
    "logistic": Loss(lambda C: LogisticRegression(C=C, max_iter=1000), lambda margin: np.asarray(-expit(-margin))),
    "hinge": Loss(
        lambda C: LinearSVC(C=C, loss="hinge", max_iter=100_000, random_state=0),
        lambda margin: np.where(margin < 1, -1.0, 0.0),
    ),
}


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("diakonikolas2019sever",),
)
class Sever(TwoSided):
    """Fits a linear model, leaves out the rows whose gradients lie farthest along one direction, and fits again.

    Diakonikolas et al. (2019): few rows can only turn the model if their gradients agree, and then they stand out along
    the top singular vector of the centred gradients. Each round leaves out the `contamination` / 2 share of the rows
    that is farthest from the mean along it. No certificate is given. The price on clean rows is that twice the
    `contamination` share of them, those of largest gradients, is not learned; a round that would leave but one class is
    not carried out.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d); see `linear_features` for what is made of it.

    Parameters
    ----------
    loss : "logistic", or "hinge" as in the paper's support vector machine
    C : inverse strength of the penalty, above 0
    contamination : share of the rows feared to be poison, in [0, 0.5)
    rounds : how often rows are left out, at least 0

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    model_ : the fitted linear model
    kept_ : whether each row (n,) was trained on in the end

    Raises InvalidInput where a setting is out of range, `y` does not match `X`, or has not two classes.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(200) % 2
    >>> X = rng.normal(2.0 * y[:, None], 1.0, (200, 5))
    >>> X[:10], y[:10] = 8.0, 0
    >>> plain, sever = LogisticRegression().fit(X, y), Sever().fit(X, y)
    >>> round(plain.score(X[10:], y[10:]), 2), round(sever.score(X[10:], y[10:]), 2)
    (0.92, 0.99)
    """

    def __init__(self, *, loss: str = "logistic", C: float = 1.0, contamination: float = 0.1, rounds: int = 4) -> None:
        self.loss = loss
        self.C = C
        self.contamination = contamination
        self.rounds = rounds

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Fit to the rows left after every round."""
        self._check()
        rows, labels = labelled_rows(X, y)
        self.classes_, sign = signs(labels)
        self.features_ = linear_features(rows).fit(rows)
        F, kept = self.features_.transform(rows), np.arange(len(sign))
        self.model_ = self._fitted(F, sign, kept)
        for _ in range(self.rounds):
            left = kept[self._ranked(F[kept], sign[kept])]
            if len(np.unique(sign[left])) < 2:
                break
            kept = np.sort(left)
            self.model_ = self._fitted(F, sign, kept)
        self.kept_ = np.isin(np.arange(len(sign)), kept)
        return self

    def _values(self, F: Any) -> Floats:
        return np.asarray(self.model_.decision_function(F))

    def _fitted(self, F: Any, sign: Floats, kept: NDArray[np.intp]) -> Any:
        return LOSSES[self.loss].model(self.C).fit(F[kept], sign[kept])

    def _ranked(self, F: Any, sign: Floats) -> NDArray[np.intp]:
        """Positions of all rows but those that are left out of these."""
        slope = sign * LOSSES[self.loss].slope(sign * self.model_.decision_function(F))
        scores = leading(gradients(F, slope), 1)[:, 0] ** 2
        out = int(self.contamination / 2 * len(sign))
        return np.argsort(scores, kind="stable")[: len(sign) - out]

    def _check(self) -> None:
        if self.loss not in LOSSES:
            raise InvalidInput("loss", self.loss, f"must be one of {sorted(LOSSES)}")
        if not self.C > 0:
            raise InvalidInput("C", self.C, "must be above 0")
        if not 0 <= self.contamination < 0.5:
            raise InvalidInput("contamination", self.contamination, "must lie in [0, 0.5)")
        if self.rounds < 0:
            raise InvalidInput("rounds", self.rounds, "must be at least 0")


def gradients(F: Any, slope: Floats) -> Any:
    """Each row's gradient (n, d + 1) by the coefficients and the intercept; the penalty's, the same for all, is left out.

    >>> gradients(np.array([[2.0, 3.0]]), np.array([-0.5]))
    array([[-1. , -1.5, -0.5]])
    """
    if issparse(F):
        return hstack([F.multiply(slope[:, None]), slope[:, None]], format="csr")
    return np.column_stack([F * slope[:, None], slope])
