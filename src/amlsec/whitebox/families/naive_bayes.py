"""Naive Bayes over counts: linear in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import reads
from amlsec.whitebox.slope import Slope

OVER_COUNTS = ("MultinomialNB", "ComplementNB")


@reads(Linear, *OVER_COUNTS)
def linear(estimator: Any) -> Linear:
    """Differences of log-probabilities; the prior is the bias, which ComplementNB has none of."""
    check_binary(estimator)
    benign, malicious = estimator.feature_log_prob_
    has_prior = "ComplementNB" not in [cls.__name__ for cls in type(estimator).__mro__]
    prior = estimator.class_log_prior_ if has_prior else np.zeros(2)
    return Linear(malicious - benign, float(prior[1] - prior[0]))


@reads(Slope, *OVER_COUNTS)
def slope(estimator: Any) -> Slope:
    """The same everywhere."""
    rule = linear(estimator)
    return Slope(rule.margin, lambda X: rule.weights + 0.0 * X)
