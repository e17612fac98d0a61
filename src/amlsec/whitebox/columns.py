"""A slope seen through scikit-learn's ColumnTransformer: scaled columns, columns as they are, and encoded categories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from amlsec.data import Rows
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]

_ENCODERS = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")


def through_columns(transformer: Any, slope: Slope, scale_of: Callable[[Any], Floats]) -> Slope:
    """The slope of the columns before a fitted transformer; along encoded categories, which jump, it is 0.

    `scale_of` gives what a unit of each column becomes in a step within it, and raises NotApplicable where it cannot tell.
    """
    parts = [(name, step, columns) for name, step, columns in transformer.transformers_ if _moves(step)]
    scales = [np.ones(1) if _as_it_is(step) else scale_of(step) for _, step, _ in parts]

    def pulled(X: Rows) -> Floats:
        G, found = slope.gradient(_dense(transformer.transform(X))), np.zeros(X.shape)
        for (name, _, columns), scale in zip(parts, scales, strict=True):
            found[:, columns] += G[:, transformer.output_indices_[name]] * scale
        return found

    return Slope(lambda X: slope.margin(_dense(transformer.transform(X))), pulled)


def _moves(step: Any) -> bool:
    """Whether its answers move with the columns."""
    return not (isinstance(step, str) and step == "drop") and type(step).__name__ not in _ENCODERS


def _as_it_is(step: Any) -> bool:
    return isinstance(step, str) or (type(step).__name__ == "FunctionTransformer" and step.func is None)


def _dense(rows: Any) -> Floats:
    return np.asarray(rows.toarray() if issparse(rows) else rows, dtype=np.float64)
