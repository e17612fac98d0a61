"""Classifiers of scikit-learn that take each class for a normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.look import reads
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]


@reads(Slope, "GaussianNB")
def naive_bayes(model: Any) -> Slope:
    """The log-odds: a sum over columns of parabolas."""
    check_binary(model)
    return Slope(
        lambda X: np.diff(model.predict_joint_log_proba(X), axis=1)[:, 0],
        lambda X: (X - model.theta_[0]) / model.var_[0] - (X - model.theta_[1]) / model.var_[1],
    )


@reads(Slope, "QuadraticDiscriminantAnalysis")
def quadratic(model: Any) -> Slope:
    """The log-odds: a quadratic form."""
    check_binary(model)
    return Slope(
        lambda X: np.asarray(model.decision_function(X), dtype=np.float64),
        lambda X: _pull(model, 0, X) - _pull(model, 1, X),
    )


def _pull(model: Any, label: int, X: Rows) -> Floats:
    """How fast the distance to a class's mean grows (n, d), half its square in units of its covariance."""
    along = (X - model.means_[label]) @ model.rotations_[label] / model.scalings_[label]
    return np.asarray(along @ model.rotations_[label].T)
