"""Boosters of LightGBM, XGBoost and CatBoost as their own `train` gives them; their scikit-learn classes need no help."""

from __future__ import annotations

import json
from abc import abstractmethod
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.models.fixed import Finished
from amlsec.oracle import one_each


class _Booster(Finished):
    """A trained booster that tells 1 from 0, as a classifier; nothing trains it here.

    Parameters
    ----------
    booster : trained with a logistic loss

    Raises InvalidInput, when asked, for a booster of another loss.
    """

    def __init__(self, booster: Any) -> None:
        self.booster = booster

    def predict(self, X: Rows, /) -> NDArray[np.int64]:
        return (self.decision_function(X) > 0).astype(np.int64)

    def decision_function(self, X: Rows, /) -> NDArray[np.float64]:
        """The log-odds of malice (n,)."""
        if self.loss not in self.losses:
            raise InvalidInput("booster", self.loss, f"must be trained with one of {', '.join(self.losses)}")
        return one_each(self._log_odds(X) if len(X) else np.zeros(0), len(X), who="the booster")

    losses: tuple[str, ...]

    @property
    @abstractmethod
    def loss(self) -> str:
        """What it was trained with, by the library's name."""

    @abstractmethod
    def _log_odds(self, X: Rows) -> NDArray[np.float64]: ...


class LightGBMBooster(_Booster):
    """A `lightgbm.Booster`; `booster_` and `best_iteration_` are those of LightGBM's own classifier."""

    losses = ("binary", "cross_entropy")

    @property
    def loss(self) -> str:
        return str(self.booster.dump_model(num_iteration=1)["objective"]).partition(" ")[0]

    @property
    def booster_(self) -> Any:
        return self.booster

    @property
    def best_iteration_(self) -> int:
        return max(int(self.booster.best_iteration), 0)

    def _log_odds(self, X: Rows) -> NDArray[np.float64]:
        return np.asarray(self.booster.predict(X, raw_score=True), dtype=np.float64)


class XGBoostBooster(_Booster):
    """An `xgboost.Booster`; `get_booster` is that of XGBoost's own classifier."""

    losses = ("binary:logistic", "binary:logitraw")

    @property
    def loss(self) -> str:
        return str(json.loads(self.booster.save_config())["learner"]["objective"]["name"])

    def get_booster(self) -> Any:
        return self.booster

    def _log_odds(self, X: Rows) -> NDArray[np.float64]:
        told = {"feature_names": self.booster.feature_names, "feature_types": self.booster.feature_types}
        rows = import_module("xgboost").DMatrix(X, **told, enable_categorical=True)
        return np.asarray(self.booster.predict(rows, output_margin=True), dtype=np.float64)


class CatBoostBooster(_Booster):
    """A `catboost.CatBoost`; `save_model` is that of CatBoost's own classifier."""

    losses = ("Logloss", "CrossEntropy")

    @property
    def loss(self) -> str:
        return str(self.booster.get_all_params()["loss_function"])

    def save_model(self, path: str, **told: Any) -> None:
        self.booster.save_model(path, **told)

    def _log_odds(self, X: Rows) -> NDArray[np.float64]:
        return np.asarray(self.booster.predict(X, prediction_type="RawFormulaVal"), dtype=np.float64)


_KNOWN = {
    "lightgbm.basic.Booster": LightGBMBooster,
    "xgboost.core.Booster": XGBoostBooster,
    "catboost.core.CatBoost": CatBoostBooster,
}


def boosted(model: Any) -> Any:
    """A bare booster as a classifier; anything else as it is.

    >>> boosted("no booster")
    'no booster'
    """
    wrapper = _KNOWN.get(f"{type(model).__module__}.{type(model).__qualname__}")
    return wrapper(model) if wrapper else model
