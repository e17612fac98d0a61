"""What users of scikit-learn hand over, arrays, frames and lists, as the batches that screens judge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import check_array

from amlsec.data import Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.sanitize.labels import coded, column, malicious_of
from amlsec.tables.files import one_line
from amlsec.tables.load import sources, times

_OTHER_ROWS = "screens judge texts or tables: put the steps that make such rows after the screen, or into its estimator"


def batches(
    X: Any, y: Any, *, source: Any = None, time: Any = None, trusted: Any = None, malicious: Any = None
) -> tuple[Batch, Batch | None]:
    """Offered and trusted rows as batches; trusted ones are a Batch, (X, y), or None.

    Raises InvalidInput where lengths, columns, labels or values break a rule.
    """
    labels = column(y)
    pair = None if trusted is None or isinstance(trusted, Batch) else _pair(trusted)
    every = labels if pair is None else np.concatenate([labels.astype(object), pair[1].astype(object)])
    bad = malicious_of(every, malicious)
    offered = Batch(rows(X), coded(labels, bad), *_noted(source, time))
    if pair is not None:
        _same_names(pair[0], X)
        trusted = Batch(rows(pair[0], "trusted"), coded(pair[1], bad))
    if trusted is not None and (trusted.is_text, trusted.X.shape[1:]) != (offered.is_text, offered.X.shape[1:]):
        raise InvalidInput("trusted", _kind(trusted), f"must be {_kind(offered)}, as the rows offered")
    return offered, trusted


def rows(X: Any, name: str = "X") -> Rows:
    """Texts as an object array (n,) of str, a table as a float array (n, d); raises InvalidInput where it is neither.

    >>> rows(["win cash", "see you"]).dtype, rows([[1, 2]]).dtype
    (dtype('O'), dtype('float64'))
    """
    if issparse(X):
        raise InvalidInput(name, f"a sparse matrix of shape {X.shape}", _OTHER_ROWS)
    known = framed(X)
    if isinstance(known, narwhals.DataFrame):
        _numeric(known, name)
    elif _flat(known):
        return _texts(list(known), name)
    try:
        return np.asarray(check_array(X, dtype=np.float64, input_name=name))
    except (ValueError, TypeError) as error:
        raise InvalidInput(name, f"a {type(X).__name__}", one_line(error)) from error


def taken(values: Any, kept: NDArray[np.intp]) -> Any:
    """The kept rows of a frame, series, array, matrix or list, in its own type.

    >>> taken(["a", "b", "c"], np.array([0, 2]))
    ['a', 'c']
    """
    known = framed(values)
    if isinstance(known, narwhals.DataFrame | narwhals.Series):
        return known[kept.tolist()].to_native()
    if isinstance(values, list | tuple):
        return [values[k] for k in kept]
    return (values if hasattr(values, "shape") else np.asarray(values))[kept]


def framed(values: Any) -> Any:
    """A pandas, polars or Arrow table or column behind one face, anything else as it is."""
    return narwhals.from_native(values, eager_only=True, allow_series=True, pass_through=True)


def _flat(X: Any) -> bool:
    """Whether these are rows of one dimension; texts in a list are not copied into one array of the longest's width."""
    return len(X.shape if hasattr(X, "shape") else np.asarray(X, dtype=object).shape) == 1


def _pair(trusted: Any) -> tuple[Any, NDArray[Any]]:
    if not (isinstance(trusted, tuple | list) and len(trusted) == 2):
        raise InvalidInput("trusted", type(trusted).__name__, "must be a Batch, or a pair (X, y)")
    return trusted[0], column(trusted[1])


def _texts(values: list[Any], name: str) -> Rows:
    if not values or not all(isinstance(value, str) for value in values):
        shown = type(values[0]).__name__ if values else "nothing"
        rule = "must be texts, or a table of two dimensions. Reshape your data if these are its numbers"
        raise InvalidInput(name, f"one-dimensional and holds {shown}", rule)
    return texts(values)


def _numeric(frame: Any, name: str) -> None:
    for column_name, dtype in frame.schema.items():
        if not (dtype.is_numeric() or dtype == narwhals.Boolean):
            rule = "must be numbers: encode it before the screen; of texts, give the one column"
            raise InvalidInput(f"column {column_name!r} of {name}", str(dtype), rule)


def _same_names(trusted: Any, X: Any) -> None:
    mine, other = (list(getattr(framed(frame), "columns", [])) for frame in (trusted, X))
    if mine and other and mine != other:
        raise InvalidInput("trusted", mine, f"must have the columns of X, in their order: {other}")


def _noted(source: Any, time: Any) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """Sources as texts and times as datetime64[us], missing sources as `(not noted)`."""
    told = {name: _arrow(name, values) for name, values in (("source", source), ("time", time)) if values is not None}
    return _read(sources, told, "source"), _read(times, told, "time")


def _read(read: Any, told: Mapping[str, Any], name: str) -> NDArray[Any] | None:
    found: NDArray[Any] | None = read(pa.table({name: told[name]}), name) if name in told else None
    return found


def _arrow(name: str, values: Any) -> Any:
    known = framed(values)
    try:
        return known.to_arrow() if isinstance(known, narwhals.Series) else pa.array(values, from_pandas=True)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise InvalidInput(name, type(values).__name__, f"must have one value for each row: {one_line(error)}") from error


def _kind(batch: Batch) -> str:
    return "texts" if batch.is_text else f"a table of {batch.X.shape[1]} columns"
