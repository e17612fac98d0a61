"""Linear classifiers of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import reads
from amlsec.whitebox.slope import Slope

LINEAR = (
    "LogisticRegression",
    "LogisticRegressionCV",
    "LinearSVC",
    "SGDClassifier",
    "RidgeClassifier",
    "RidgeClassifierCV",
    "Perceptron",
    "PassiveAggressiveClassifier",
    "LinearDiscriminantAnalysis",
)


@reads(Linear, *LINEAR)
def linear(estimator: Any) -> Linear:
    """Its weights and bias; raises NotApplicable unless it tells 0 from 1."""
    check_binary(estimator)
    return Linear(np.ravel(estimator.coef_), float(np.ravel(estimator.intercept_)[0]))


@reads(Slope, *LINEAR)
def slope(estimator: Any) -> Slope:
    """The same everywhere."""
    rule = linear(estimator)
    return Slope(rule.margin, lambda X: rule.weights + 0.0 * X)
