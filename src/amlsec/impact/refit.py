"""Impacts of any scikit-learn classifier, by training it again with each unit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone, is_outlier_detector
from sklearn.pipeline import Pipeline
from threadpoolctl import ThreadpoolController

from amlsec.impact.contract import Answer, Labelled, Question
from amlsec.impact.units import Positions, Units, stacked

_SAME = 1e-6  # evidence that differs by less is a solver's rounding
_SMALLEST = 1e-12  # probabilities are kept this far from 0 and 1


def refits(
    estimator: Any, question: Question, units: Units, n_jobs: int | None = None, random_state: int = 0
) -> Iterator[Answer]:
    """Clone, seed, train on the base with each unit, judge the quiz: one answer a unit, in their order.

    In memory, and in parallel by joblib's loky; for many units see `amlsec.impact.retraining`. Every random state that is
    None gets the same seed, so that base and base + unit differ in their rows alone.
    """
    ready = seeded(estimator, random_state)
    run = Parallel(n_jobs=n_jobs, return_as="generator")
    yield from run(delayed(_alone)(ready, training_rows(question, unit), question.quiz.X) for unit in units)


def refit(estimator: Any, rows: Labelled, quiz: Any) -> Answer:
    """Train a clone on these rows and judge the quiz; neither is written to, by steps with `copy=False` either."""
    last, seen = last_step(trained(estimator, rows), quiz.copy())
    return Answer(verdicts(last, seen)[None], evidence(last, seen)[None], np.array([False]), np.zeros(1))


def _alone(estimator: Any, rows: Labelled, quiz: Any) -> Answer:
    with _threads().limit(limits=1):  # as loky's workers do: the same sums, and small fits gain nothing from threads
        return refit(estimator, rows, quiz)


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def trained(estimator: Any, rows: Labelled) -> Any:
    """A clone trained on these rows; a pipeline's last step gets the weights."""
    model, X = clone(estimator), rows.X.copy()
    if rows.weight is None:
        return model.fit(X, rows.y)
    step = f"{model.steps[-1][0]}__" if isinstance(model, Pipeline) else ""
    return model.fit(X, rows.y, **{f"{step}sample_weight": rows.weight})


def training_rows(question: Question, unit: Positions) -> Labelled:
    """The base with this unit of offered rows, or without this unit of its own."""
    base, offered = question.base, question.offered
    if question.removing:
        kept = np.delete(np.arange(len(base.y)), unit)
        return Labelled(base.X[kept], base.y[kept], None if base.weight is None else base.weight[kept])
    plain = base.weight is None and offered.weight is None
    weight = None if plain else np.concatenate([base.weights, offered.weights[unit]])
    return Labelled(stacked(base.X, offered.X[unit]), np.concatenate([base.y, offered.y[unit]]), weight)


def seeded(estimator: Any, random_state: int) -> Any:
    """A clone whose every open random state is this one."""
    params = estimator.get_params()
    still_open = [name for name in _random_states(params) if params[name] is None]
    return clone(estimator).set_params(**dict.fromkeys(still_open, random_state))


def unseeded(estimator: Any) -> Any:
    """A clone whose every random state is open.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> seeded(unseeded(DecisionTreeClassifier(random_state=1)), 2).random_state
    2
    """
    return clone(estimator).set_params(**dict.fromkeys(_random_states(estimator.get_params())))


def hangs_on_seed(estimator: Any, rows: Labelled, quiz: Any) -> bool:
    """Whether the same rows (n, d) under another seed give another model, by its evidence on the quiz rows (m, d).

    What a row does to such a model is partly luck: of a random forest's verdicts nearly all is.

    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    >>> [hangs_on_seed(model, Labelled(X, y), X) for model in (RandomForestClassifier(9), DecisionTreeClassifier())]
    [True, False]
    """
    names = list(_random_states(estimator.get_params()))
    one, two = (refit(clone(estimator).set_params(**dict.fromkeys(names, seed)), rows, quiz) for seed in (0, 1))
    return bool(names) and not np.allclose(one.evidence, two.evidence, rtol=_SAME, atol=_SAME)


def _random_states(params: Any) -> Iterator[str]:
    return (name for name in params if name.split("__")[-1] == "random_state")


def verdicts(model: Any, X: Any) -> NDArray[np.bool_]:
    """Whether a fitted classifier judges a row (n,) malicious; an outlier detector's outliers are."""
    return np.asarray(model.predict(X) == (-1 if is_outlier_detector(model) else 1))


def evidence(model: Any, X: Any) -> NDArray[np.float64]:
    """How sure a fitted binary classifier is of class 1 (n,), or an outlier detector of an outlier.

    A pipeline's last step answers for it: by its decision function, else the difference of its joint log-likelihoods, else
    the log-odds of its probabilities, else -1 or 1 by its verdict.
    """
    model, X = last_step(model, X)
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(X), dtype=np.float64) * (-1 if is_outlier_detector(model) else 1)
    if hasattr(model, "predict_joint_log_proba"):
        return np.asarray(np.diff(model.predict_joint_log_proba(X), axis=1)[:, 0], dtype=np.float64)
    if hasattr(model, "predict_proba"):
        return log_odds(model.predict_proba(X)[:, 1])
    return np.where(verdicts(model, X), 1.0, -1.0)


def log_odds(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of probabilities, kept a little way from 0 and 1."""
    inside = np.clip(chance, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(inside) - np.log1p(-inside), dtype=np.float64)


def last_step(model: Any, X: Any) -> tuple[Any, Any]:
    """A fitted pipeline's classifier, however deep, and the rows as it sees them; any other model as it is."""
    while isinstance(model, Pipeline):
        model, X = model.steps[-1][1], model[:-1].transform(X) if len(model.steps) > 1 else X
    return model, X
