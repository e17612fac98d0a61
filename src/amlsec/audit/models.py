"""The classifier under audit: a sound default, the user's factory, a model file, or what answers behind a description."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from amlsec.audit.settings import Settings
from amlsec.data import BENIGN, MALICIOUS
from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.models.described import ENDINGS, read
from amlsec.models.skops_file import skops_file
from amlsec.models.wrapped import as_classifier, as_it_is, in_words
from amlsec.space.contract import Space
from amlsec.space.tabular import Kind, TabularSpace
from amlsec.tables.files import is_pickle
from amlsec.tables.load import UNNAMED, Labels


def chosen(settings: Settings, space: Space, labels: Labels = UNNAMED) -> tuple[Any, str]:
    """An unfitted classifier, or one that nothing trains, and what it is, in words.

    Raises InvalidInput where the factory or file cannot give one, UnsafeFile for a pickle without leave.
    """
    if settings.model is None:
        if settings.fixed:
            raise InvalidInput("fixed", True, "needs a --model that is trained already")
        return default(space), f"amlsec's default for {space.kind} data"
    is_file = "/" in settings.model or (":" not in settings.model and Path(settings.model).suffix)
    made = _from_file(settings, space, labels) if is_file else _from_factory(settings.model)
    made, words = described(made, fixed=settings.fixed)
    return made, f"{settings.model}: {words}"


def described(made: Any, *, fixed: bool = False) -> tuple[Any, str]:
    """A classifier, taken as it is where it is `fixed`, and what it is in words; raises InvalidInput where it is none."""
    if isinstance(made, type):
        raise InvalidInput("model", made.__name__, "is a class; give an instance of it")
    made = as_classifier(made)
    for method in ("fit", "predict", "get_params"):
        if not callable(getattr(made, method, None)):
            raise InvalidInput("model", type(made).__name__, f"has no method {method}()")
    if _answers_otherwise(made):
        raise InvalidInput("model", type(made).__name__, "is no classifier: its answers are not the labels 0 and 1")
    taken = as_it_is(made) if fixed else made
    return taken, in_words(taken)


def _answers_otherwise(made: Any) -> bool:
    """Whether scikit-learn knows it as something else than a classifier; it knows only its own kin."""
    from sklearn.base import is_outlier_detector, is_regressor

    try:
        return bool(is_outlier_detector(made) or is_regressor(made))
    except AttributeError:
        return False


def default(space: Space) -> Any:
    """TF-IDF words and logistic regression for texts; gradient-boosted trees for tables.

    >>> default(TabularSpace([])).__class__.__name__
    'HistGradientBoostingClassifier'
    """
    if not isinstance(space, TabularSpace):
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        return make_pipeline(
            TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
        )
    from sklearn.ensemble import HistGradientBoostingClassifier

    category = np.array([column.kind == Kind.CATEGORY for column in space.columns], dtype=bool)
    return HistGradientBoostingClassifier(
        categorical_features=category if category.any() else None, early_stopping=False, max_iter=60, random_state=0
    )


def _from_factory(spec: str) -> Any:
    module, colon, name = spec.partition(":")
    if not (module and colon and name):
        raise InvalidInput("model", spec, "must be module:factory, or a .skops, .onnx or .toml file")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        factory = getattr(importlib.import_module(module), name)
        return factory()
    except Exception as error:
        raise InvalidInput("model", spec, f"{type(error).__name__}: {error}") from error


def _from_file(settings: Settings, space: Space, labels: Labels) -> Any:
    path = Path(str(settings.model))
    if not path.is_file():
        raise InvalidInput("model", str(path), "no such file; a factory is written module:factory")
    if is_pickle(path):
        return _from_pickle(path, settings.allow_pickle)
    if path.suffix in ENDINGS:
        names = dict.fromkeys(labels.benign, BENIGN) | dict.fromkeys(labels.malicious, MALICIOUS)
        return read(path, space.columns if isinstance(space, TabularSpace) else (), names)
    if path.suffix != ".skops":
        raise InvalidInput("model", str(path), "must be a .skops, .onnx or .toml file, or module:factory")
    return skops_file(path, settings.trust)


def _from_pickle(path: Path, allowed: bool) -> Any:
    if not allowed:
        raise UnsafeFile(
            "model", str(path), "a pickle can run any code when loaded; save it with skops, or add --allow-pickle"
        )
    import joblib

    try:
        return joblib.load(path)
    except Exception as error:
        raise InvalidInput("model", str(path), f"cannot be loaded: {type(error).__name__}: {error}") from error
