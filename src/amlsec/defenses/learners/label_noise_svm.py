"""LN-SVM: a support vector machine that expects some of its labels to be flipped."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from amlsec.catalogue import learner
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    spaces=("tabular", "image"),
    references=("biggio2011label",),
)
class LabelNoiseSVM(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Train a support vector machine on the kernel expected under random label flips (Biggio, Nelson and Laskov 2011).

    Where each label is flipped with chance m, the product of two rows' labels shrinks to (1 - 2 m)^2 of itself on
    average, and that of a row with itself stays 1. So the kernel between different rows is multiplied by (1 - 2 m)^2 = 1
    - 4 m (1 - m), its diagonal stays: the multipliers spread over more rows, and no few labels decide. Without noise it
    is the machine itself. Rows judged later are different from all rows trained on.

    Columns are standardised first. Memory grows with the square of the rows: 8 GB at 30,000.

    Parameters
    ----------
    noise : the chance m that a label is flipped, in [0, 0.5)
    C : the bound of each multiplier, above 0
    kernel : "linear", "rbf" or "poly"
    gamma : of the kernels rbf and poly; None for 1 / columns
    degree : of poly, at least 1

    Attributes
    ----------
    classes_ : labels seen, in ascending order
    svm_ : the fitted SVC, on precomputed kernels

    Raises InvalidInput where a parameter is out of range.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 50)
    >>> X = rng.normal(size=(100, 2)) + 3 * y[:, None]
    >>> [len(LabelNoiseSVM(noise=noise).fit(X, y).svm_.support_) for noise in (0.0, 0.2)]
    [20, 53]
    """

    def __init__(
        self, *, noise: float = 0.1, C: float = 1.0, kernel: str = "rbf", gamma: float | None = None, degree: int = 3
    ) -> None:
        self.noise = noise
        self.C = C
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train on rows (n, d) and their labels (n,)."""
        self._check()
        table, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.scaler_ = StandardScaler().fit(table)
        self.rows_ = self.scaler_.transform(table)
        expected = self._kernel(self.rows_)
        np.fill_diagonal(expected, expected.diagonal() / self._shrunk)
        self.svm_ = SVC(C=self.C, kernel="precomputed", random_state=0).fit(expected, labels)
        self.classes_ = self.svm_.classes_
        return self

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The label of each row (n,)."""
        seen = self._seen(X)
        labels: NDArray[Any] = self.svm_.predict(seen)
        return labels

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """How far each row (n,) lies on the side of the larger of two labels; of more labels, (n, labels)."""
        seen = self._seen(X)
        return np.asarray(self.svm_.decision_function(seen), dtype=np.float64)

    @property
    def _shrunk(self) -> float:
        """What is left on average of the product of two rows' labels."""
        return (1 - 2 * self.noise) ** 2

    def _seen(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self)
        return self._kernel(self.scaler_.transform(validate_data(self, X, reset=False, dtype=np.float64)))

    def _kernel(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The expected kernel between these rows and those trained on, where they are different rows."""
        settings = {"gamma": self.gamma, "degree": self.degree}
        found: NDArray[np.float64] = pairwise_kernels(rows, self.rows_, metric=self.kernel, filter_params=True, **settings)
        return found * self._shrunk

    def _check(self) -> None:
        if not 0 <= self.noise < 0.5:
            raise InvalidInput("noise", self.noise, "must lie in [0, 0.5)")
        if not self.C > 0:
            raise InvalidInput("C", self.C, "must be above 0")
        if self.kernel not in ("linear", "rbf", "poly"):
            raise InvalidInput("kernel", self.kernel, "must be linear, rbf or poly")
