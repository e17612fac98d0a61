"""Looks inside a fitted model for a part: a linear rule, a forest, a slope.

Families are found by walking `amlsec.whitebox.families`; nothing lists them. A reader is filed under the qualified name of
the estimator's class, so that no library is imported that the model does not come from.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import NotApplicable
from amlsec.models.fixed import Fixed
from amlsec.oracle import Model
from amlsec.whitebox.columns import through_columns
from amlsec.whitebox.slope import Slope

Part = TypeVar("Part")
Reader = Callable[[Any], Part]
Floats = NDArray[np.float64]

_readers: dict[tuple[type[Any], str], Reader[Any]] = {}


def reads(part: type[Part], *classes: str) -> Callable[[Reader[Part]], Reader[Part]]:
    """File a reader of this part under names of estimator classes, as "LogisticRegression"; subclasses are read too."""

    def file(reader: Reader[Part]) -> Reader[Part]:
        _readers.update({(part, name): reader for name in classes})
        return reader

    return file


def inside(model: Model, part: type[Part]) -> Part:
    """This part of a fitted model, whatever guards or scales its rows; raises NotApplicable where it has none.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.oracle import Classifier
    >>> from amlsec.whitebox.linear import Linear
    >>> X = np.array([[0.0], [1.0]])
    >>> inside(Classifier(LogisticRegression().fit(X, [0, 1])), Linear).weights.shape
    (1,)
    """
    return read(estimator_of(model), part)


def estimator_of(model: Any) -> Any:
    """The fitted estimator that decides, behind a guard or fixed too; the model itself where it holds none."""
    guarded = getattr(getattr(model, "guard", None), "estimator_", None)
    found = guarded if guarded is not None else getattr(model, "estimator", model)
    return found.model if isinstance(found, Fixed) else found


def read(estimator: Any, part: type[Part]) -> Part:
    """This part of a fitted estimator or pipeline; raises NotApplicable where it has none."""
    alone = _filed(estimator, part) is not None or not hasattr(estimator, "steps")
    steps = [estimator] if alone else [step for _, step in estimator.steps]
    found: Any = _reader(steps[-1], part)(steps[-1])
    for step in reversed(steps[:-1]):
        if step is not None and step != "passthrough":
            found = seen_through(step, found)
    return found  # type: ignore[no-any-return]


def lacking(estimator: Any, part: type[Part]) -> str:
    """Why an estimator, trained or not, can have no such part, by its class alone; "" where only a look inside can tell.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from amlsec.whitebox.linear import Linear
    >>> lacking(KNeighborsClassifier(), Linear)
    'a KNeighborsClassifier has no linear to be seen'
    """
    held = estimator.model if isinstance(estimator, Fixed) else estimator
    last = [step for _, step in getattr(held, "steps", [])][-1:] or [held]
    if not type(last[0]).__module__.startswith(("sklearn.", "amlsec.models.")):
        return ""
    try:
        _reader(last[0], part)
    except NotApplicable as why:
        return str(why)
    return ""


def seen_through(step: Any, part: Any) -> Any:
    """The same part of the rows before a fitted step; raises NotApplicable where the step cannot be seen through."""
    if hasattr(step, "transformers_") and isinstance(part, Slope):
        return through_columns(step, part, lambda inner: affine(inner)[0])
    mixing = mixes(step)
    if mixing is None:
        return part.after(*affine(step))
    if not hasattr(part, "behind"):
        raise NotApplicable(f"a step {type(step).__name__} mixes columns before the model, which cannot be seen through")
    return part.behind(*mixing)


def mixes(step: Any) -> tuple[Floats, Floats] | None:
    """The `matrix` (d, k) and `shift` (k,) of a fitted step that mixes or picks columns, linearly; None for any other."""
    name = type(step).__name__
    if name in ("PCA", "TruncatedSVD"):
        scale = np.sqrt(step.explained_variance_) if getattr(step, "whiten", False) else np.ones(len(step.components_))
        matrix = step.components_.T / scale
        return matrix, -getattr(step, "mean_", np.zeros(len(matrix))) @ matrix
    if hasattr(step, "get_support"):
        kept = np.eye(len(step.get_support()))[:, step.get_support()]
        return kept, np.zeros(kept.shape[1])
    return None


def affine(step: Any) -> tuple[Floats, Floats]:
    """The `scale` and `shift` (d,) of a fitted scaler; raises NotApplicable for any other step."""
    name = type(step).__name__
    if name in ("MinMaxScaler", "MaxAbsScaler") and not getattr(step, "clip", False):
        return (step.scale_, step.min_) if name == "MinMaxScaler" else (1 / step.scale_, np.zeros(len(step.scale_)))
    if name in ("StandardScaler", "RobustScaler"):
        width = step.n_features_in_
        center = step.mean_ if name == "StandardScaler" else step.center_
        scale = np.ones(width) if step.scale_ is None else 1 / step.scale_
        return scale, (-center * scale if center is not None and getattr(step, "with_mean", True) else np.zeros(width))
    raise NotApplicable(f"a step {name} stands before the model, which cannot be seen through")


def _reader(estimator: Any, part: type[Part]) -> Reader[Part]:
    filed = _filed(estimator, part)
    if filed is None:
        raise NotApplicable(f"a {type(estimator).__name__} has no {part.__name__.lower()} to be seen")
    return filed


def _filed(estimator: Any, part: type[Part]) -> Reader[Part] | None:
    _walk()
    return next((_readers[part, name] for name in _names(estimator) if (part, name) in _readers), None)


def _names(estimator: Any) -> list[str]:
    """What it may be filed under: its class and those above; whoever holds a fitted torch module is read as skorch's."""
    own = [cls.__name__ for cls in type(estimator).__mro__]
    return [*own, "NeuralNetClassifier"] if hasattr(estimator, "module_") else own


@cache
def _walk() -> None:
    package = importlib.import_module("amlsec.whitebox.families")
    for module in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."):
        importlib.import_module(module.name)
