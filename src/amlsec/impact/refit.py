"""Impacts of any scikit-learn classifier, by training it again with each unit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import issparse, vstack
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from threadpoolctl import ThreadpoolController

from amlsec.impact.contract import Answer, Labelled, Question, Unit

_SMALLEST = 1e-12  # probabilities are kept this far from 0 and 1


def refits(estimator: Any, question: Question, n_jobs: int | None = None, random_state: int = 0) -> Iterator[Answer]:
    """Clone, seed, train on base and unit, judge the quiz; in parallel by joblib's loky, in the order of the units.

    Every random state that is None gets the same seed, so that base and base + unit differ in their rows alone.
    """
    ready = seeded(estimator, random_state)
    run = Parallel(n_jobs=n_jobs, return_as="generator")
    yield from run(delayed(_refit)(ready, question.base, _picked(question, unit), question.quiz) for unit in question.units)


def seeded(estimator: Any, random_state: int) -> Any:
    """A clone whose every open random state is this one."""
    model = clone(estimator)
    params = model.get_params()
    still_open = [name for name in params if name.split("__")[-1] == "random_state" and params[name] is None]
    return model.set_params(**dict.fromkeys(still_open, random_state))


def evidence(model: Any, X: Any) -> NDArray[np.float64]:
    """How sure a fitted binary classifier is of class 1 (n,).

    A pipeline's last step answers for it: by its decision function, else the difference of its joint log-likelihoods, else
    the log-odds of its probabilities, else -1 or 1 by its verdict.
    """
    model, X = last_step(model, X)
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(X), dtype=np.float64)
    if hasattr(model, "predict_joint_log_proba"):
        return np.asarray(np.diff(model.predict_joint_log_proba(X), axis=1)[:, 0], dtype=np.float64)
    if hasattr(model, "predict_proba"):
        chance = np.clip(model.predict_proba(X)[:, 1], _SMALLEST, 1 - _SMALLEST)
        return np.asarray(np.log(chance) - np.log1p(-chance), dtype=np.float64)
    return np.where(model.predict(X) == 1, 1.0, -1.0)


def last_step(model: Any, X: Any) -> tuple[Any, Any]:
    """A fitted pipeline's classifier and the rows as it sees them; any other model as it is."""
    if isinstance(model, Pipeline) and len(model.steps) > 1:
        return model.steps[-1][1], model[:-1].transform(X)
    return model, X


def _picked(question: Question, unit: Unit) -> Labelled:
    return Labelled(question.offered.X[unit], question.offered.y[unit])


def _refit(estimator: Any, base: Labelled, unit: Labelled, quiz: Any) -> Answer:
    with _threads().limit(limits=1):  # as loky's workers do: the same sums, and small fits gain nothing from threads
        model = clone(estimator).fit(_stacked(base.X, unit.X), np.concatenate([base.y, unit.y]))
        last, rows = last_step(model, quiz)
        return Answer((last.predict(rows) == 1)[None], evidence(last, rows)[None], np.array([False]))


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _stacked(one: Any, two: Any) -> Any:
    return vstack([one, two], format="csr") if issparse(one) else np.concatenate([one, two])
