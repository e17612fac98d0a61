"""A name for a piece of work that differs wherever its numbers could."""

from __future__ import annotations

import marshal
import platform
import sys
from collections.abc import Mapping
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from pickle import PicklingError
from types import FunctionType
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.frozen import FrozenEstimator

_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)


def fingerprint(estimator: Any, arrays: Mapping[str, NDArray[Any]], random_state: int) -> str:
    """A digest of the data, of all that decides what an estimator learns, and of the library versions.

    >>> from sklearn.naive_bayes import GaussianNB
    >>> one, two = (fingerprint(GaussianNB(priors=[p, 1 - p]), {"X": np.eye(2)}, 0) for p in (0.5, 0.25))
    >>> one == fingerprint(GaussianNB(priors=[0.5, 0.5]), {"X": np.eye(2)}, 0), one == two
    (True, False)
    """
    digest = blake2b(repr((platform.python_version(), random_state, described(estimator))).encode(), digest_size=16)
    for name, values in sorted(arrays.items()):
        digest.update(repr((name, _array(np.asarray(values)))).encode())
    return digest.hexdigest()


def described(value: Any) -> Any:
    """An estimator, or a parameter of one, in plain values: the code of its class, and its own parameters in full.

    Of code it takes the file, and the version of the package, that a class or function is written in; not what that file
    imports. Nothing is cut short, as a long `repr` is.
    """
    if isinstance(value, _PLAIN):
        return type(value).__name__, repr(value)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, dict | list | tuple | set | frozenset):
        return type(value).__name__, _members(value)
    if isinstance(value, type | FunctionType | partial):
        return _code(value)
    if isinstance(value, FrozenEstimator):  # the one kind that is not trained again: what it has learnt counts
        return _code(type(value.estimator)), _learnt(value.estimator)
    if hasattr(value, "get_params"):
        return _code(type(value)), _members(value.get_params(deep=False))
    return _code(type(value)), _sparse(value) if issparse(value) else joblib.hash(value)


def _learnt(estimator: Any) -> Any:
    try:
        return joblib.hash(estimator)
    except PicklingError:  # it holds a lambda
        return joblib.hash(_dumped(estimator))


def _members(values: Any) -> list[Any]:
    if isinstance(values, dict):
        return sorted(((repr(described(key)), described(item)) for key, item in values.items()), key=repr)
    found = [described(item) for item in values]
    return sorted(found, key=repr) if isinstance(values, set | frozenset) else found


def _array(values: NDArray[Any]) -> Any:
    if values.dtype.hasobject:
        return values.shape, _members(values.ravel().tolist())
    return values.dtype.str, values.shape, blake2b(np.ascontiguousarray(values).data, digest_size=16).hexdigest()


def _sparse(matrix: Any) -> Any:
    one = matrix.tocsr()
    return one.shape, _array(one.data), _array(one.indices), _array(one.indptr)


def _code(thing: Any) -> Any:
    if isinstance(thing, partial):
        return "partial", described(thing.func), _members(thing.args), _members(thing.keywords)
    file = getattr(sys.modules.get(thing.__module__), "__file__", None)
    if file is None or not isinstance(thing, type | FunctionType):
        return joblib.hash(_dumped(thing))
    written = thing.__module__, thing.__qualname__, _file(file), _version(thing.__module__.partition(".")[0])
    return (*written, *_function(thing)) if isinstance(thing, FunctionType) else written


def _function(function: FunctionType) -> tuple[Any, ...]:
    """What tells one lambda of a file from another."""
    contents = [cell.cell_contents for cell in function.__closure__ or ()]
    closed_over = [thing for thing in contents if thing is not function]  # one that calls itself
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()]
    return blake2b(marshal.dumps(function.__code__, 2)).hexdigest(), _members(closed_over), _members(defaults)


def _dumped(thing: Any) -> bytes:
    """A class or function typed into a notebook, by value."""
    from joblib.externals.loky.backend.reduction import dumps

    return bytes(dumps(thing))


@cache
def _file(path: str) -> str:
    return blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()


def _version(package: str) -> str:
    return str(getattr(sys.modules.get(package), "__version__", ""))
