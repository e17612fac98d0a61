"""What must be true of rows before anything is asked of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.base import is_clusterer, is_outlier_detector, is_regressor
from sklearn.utils import assert_all_finite

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.impact.contract import CLASSES, Floats, Labelled, Question
from amlsec.impact.units import Units

_NUMBERS = "biuf"


def checked(
    estimator: Any, base: Batch | Labelled, offered: Batch | Labelled, quiz: Batch | Labelled, units: Units | None
) -> tuple[Question, Units]:
    """The question and its units, each offered row for itself where there are none.

    Raises InvalidInput where base or quiz lacks a class, a value is not finite, lengths or columns differ, a label is
    not 0 or 1, a weight is negative, a unit takes rows that are not there, or the estimator is no scikit-learn one.
    """
    check_estimator(estimator)
    parts = {name: labelled(rows, name) for name, rows in (("base", base), ("offered", offered), ("quiz", quiz))}
    for name, rows in parts.items():
        _check_like("offered" if name == "base" else name, rows, parts["base"])
    for name in ("quiz",) if is_outlier_detector(estimator) else ("base", "quiz"):
        _check_classes(name, parts[name])
    units = Units.single(len(parts["offered"].y)) if units is None else units
    if not isinstance(units, Units):
        raise InvalidInput("units", type(units).__name__, "must be Units, such as Units.of")
    units.check(len(parts["offered"].y))
    return Question(parts["base"], parts["offered"], parts["quiz"]), units


def labelled(rows: Batch | Labelled, name: str = "rows") -> Labelled:
    """The rows of either, sparse ones as CSR, labels of any type as whole numbers, and weights as floats.

    Raises InvalidInput where they are neither, lengths differ, or a value, label or weight is not allowed.
    """
    rows = Labelled(rows.X, rows.y) if isinstance(rows, Batch) else rows
    if not isinstance(rows, Labelled):
        raise InvalidInput(name, type(rows).__name__, "must be a Batch, or a Labelled of X and y")
    _check_kinds(name, rows)
    if issparse(rows.X):
        rows = rows._replace(X=csr_matrix(rows.X))
    _check_rows(name, rows)
    weight = None if rows.weight is None else rows.weight.astype(np.float64, copy=False)
    return rows._replace(y=rows.y.astype(np.int64, copy=False), weight=weight)


def check_estimator(estimator: Any) -> None:
    """Raises InvalidInput where it cannot be cloned, trained and asked, or gives no verdicts."""
    if isinstance(estimator, type):
        raise InvalidInput("estimator", estimator.__name__, f"is a class; give an instance, such as {estimator.__name__}()")
    for needed in ("fit", "predict", "get_params"):
        if not callable(getattr(estimator, needed, None)):
            raise InvalidInput("estimator", type(estimator).__name__, f"must have the method `{needed}`")
    if is_regressor(estimator) or is_clusterer(estimator):
        raise InvalidInput("estimator", type(estimator).__name__, "must be a classifier or an outlier detector")


def _check_kinds(name: str, rows: Labelled) -> None:
    if not issparse(rows.X) and (not isinstance(rows.X, np.ndarray) or rows.X.ndim == 0):
        raise InvalidInput(f"{name}.X", type(rows.X).__name__, "must be an array or a sparse matrix of rows")
    if rows.X.ndim == 1 and rows.X.dtype.kind in _NUMBERS:
        raise InvalidInput(f"{name}.X", f"of shape {rows.X.shape}", "must have columns (n, d) where it holds numbers")
    if not isinstance(rows.y, np.ndarray):
        raise InvalidInput(f"{name}.y", type(rows.y).__name__, "must be an array of labels (n,)")
    if rows.weight is not None and not (isinstance(rows.weight, np.ndarray) and rows.weight.dtype.kind in _NUMBERS):
        raise InvalidInput(f"{name}.weight", type(rows.weight).__name__, "must be an array of numbers (n,)")


def _check_rows(name: str, rows: Labelled) -> None:
    n = rows.X.shape[0]
    for column, values in (("y", rows.y), ("weight", rows.weight)):
        if values is not None and values.shape != (n,):
            raise InvalidInput(f"{name}.{column}", f"of shape {values.shape}", f"must have one value for each of {n} rows")
    if not np.isin(rows.y, CLASSES).all():
        raise InvalidInput(f"{name}.y", np.unique(rows.y), "labels must be 0 (benign) or 1 (malicious)")
    if rows.X.dtype != object:
        _check_finite(name, rows.X.data if issparse(rows.X) else rows.X)
    if rows.weight is not None:
        _check_weight(name, rows.weight)


def _check_finite(name: str, cells: Any) -> None:
    try:
        assert_all_finite(cells)  # it makes no copy
    except ValueError as error:
        raise InvalidInput(name, "not finite", "NaN and infinity must be filled or dropped first") from error


def _check_weight(name: str, weight: Floats) -> None:
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise InvalidInput(f"{name}.weight", weight.min(), "must be finite and at least 0")


def _check_like(name: str, rows: Labelled, base: Labelled) -> None:
    if (rows.X.dtype == object) != (base.X.dtype == object) or rows.X.shape[1:] != base.X.shape[1:]:
        raise InvalidInput(
            name,
            f"of shape {rows.X.shape} and type {rows.X.dtype}",
            f"must have the base's columns, {base.X.shape[1:]} of {base.X.dtype}",
        )


def _check_classes(name: str, rows: Labelled) -> None:
    if len(np.unique(rows.y)) < 2:
        raise InvalidInput(name, f"{len(rows.y)} rows of labels {np.unique(rows.y)}", "must hold both classes")
