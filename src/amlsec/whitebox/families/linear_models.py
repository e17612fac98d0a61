"""Linear classifiers of scikit-learn."""

from __future__ import annotations

from typing import Any

from amlsec.errors import NotApplicable
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
    if list(estimator.classes_) != [0, 1]:
        raise NotApplicable(f"a {type(estimator).__name__} of the classes {list(estimator.classes_)} is no model of 0 and 1")
    return Linear(estimator.coef_[0], float(estimator.intercept_[0]))


@reads(Slope, *LINEAR)
def slope(estimator: Any) -> Slope:
    """The same everywhere."""
    rule = linear(estimator)
    return Slope(rule.margin, lambda X: rule.weights + 0.0 * X)
