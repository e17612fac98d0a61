"""Even weights: a linear model that leans on no few columns."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amlsec.catalogue import learner
from amlsec.defenses.bounded_linear import bounded_weights
from amlsec.defenses.learners.linear_features import TwoSided, presence_features, signs
from amlsec.defenses.learners.parts import labelled_rows
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation


@learner(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    references=("demontis2017yes", "biggio2010multiple"),
)
class EvenWeights(TwoSided):
    """A support vector machine whose weights are bounded, so that many columns must change before a verdict does.

    Sec-SVM of Demontis et al., "Yes, machine learning can be more secure!", IEEE TDSC 2017: no weight exceeds a bound, so
    evidence is spread, and whoever evades by changing few columns must change more (Biggio et al. 2010 measure that number
    as hardness of evasion, here `defenses.hardness`). It gives no certificate. The price is that a column that tells much is
    not believed beyond the bound.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d); see `presence_features` for what is made of it.

    Parameters
    ----------
    share : the bound as a share of the largest weight that the same machine has without bounds, in (0, 1]
    C : weight of the loss against that of the weights, above 0

    Attributes
    ----------
    weights_, bias_ : of the columns (d,), and of all rows
    bound_ : the largest weight allowed
    classes_ : the two labels, in ascending order

    Raises InvalidInput where a setting is out of range, `y` does not match `X`, or has not two classes.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(200) % 2
    >>> X = rng.normal(size=(200, 3)) + y[:, None] * [3.0, 1.0, 1.0]
    >>> even, free = EvenWeights(share=0.4).fit(X, y), EvenWeights(share=1.0).fit(X, y)
    >>> bool(np.abs(even.weights_).max() < 0.5 * np.abs(free.weights_).max()), even.score(X, y) > 0.9
    (True, True)
    """

    def __init__(self, *, share: float = 0.25, C: float = 1.0) -> None:
        self.share = share
        self.C = C

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Fit without bounds, then within them."""
        if not 0 < self.share <= 1:
            raise InvalidInput("share", self.share, "must lie in (0, 1]")
        if not 0 < self.C < np.inf:
            raise InvalidInput("C", self.C, "must be above 0 and finite")
        rows, labels = labelled_rows(X, y)
        self.classes_, target = signs(labels)
        self.features_ = presence_features(rows).fit(rows)
        F = self.features_.transform(rows)
        free, _ = bounded_weights(F, target, -np.inf, np.inf, self.C)
        self.bound_ = self.share * float(np.abs(free).max(initial=0.0))
        self.weights_, self.bias_ = bounded_weights(F, target, -self.bound_, self.bound_, self.C)
        return self

    def _values(self, F: Any) -> NDArray[np.float64]:
        return np.asarray(F @ self.weights_ + self.bias_)
