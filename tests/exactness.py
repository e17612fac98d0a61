"""What training again gives, read line by line, and batches on which algebra may differ from it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from amlsec.data import Batch, texts
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import Impacts, by_algebra, impacts
from amlsec.impact.refit import evidence, verdicts
from amlsec.impact.units import Units, stacked

MESSAGE = st.lists(st.sampled_from(["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh"]), max_size=7).map(" ".join)
FRESH = st.lists(st.sampled_from(["aa", "cc", "hh", "ii", "jj", "kk"]), max_size=7).map(" ".join)
COUNTS = st.lists(st.integers(0, 4).map(float), min_size=4, max_size=4)


def rows(values: st.SearchStrategy[Any], least: int, make: Callable[[list[Any]], Any]) -> st.SearchStrategy[Batch]:
    """Batches that hold both classes where they hold two rows, duplicates among them."""
    listed = st.lists(st.tuples(values, st.integers(0, 1)), min_size=least, max_size=10)
    labels = lambda pairs: np.array([k if k < 2 else pair[1] for k, pair in enumerate(pairs)], dtype=np.int64)  # noqa: E731
    return listed.map(lambda pairs: Batch(make([value for value, _ in pairs]), labels(pairs)))


def mails(values: st.SearchStrategy[str], least: int) -> st.SearchStrategy[Batch]:
    return rows(values, least, texts)


def tables(least: int) -> st.SearchStrategy[Batch]:
    return rows(COUNTS, least, np.array)


def trained(estimator: Any, X: Any, y: Any, weight: Any) -> Any:
    if weight is None:
        return clone(estimator).fit(X, y)
    step = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    return clone(estimator).fit(X, y, **{f"{step}sample_weight": weight})


def refitted(estimator: Any, base: Any, offered: Any, quiz: Any, units: Any = None) -> dict[str, np.ndarray]:
    """Clone, fit, predict, count: the definition."""
    weight, more = getattr(base, "weight", None), getattr(offered, "weight", None)
    before = trained(estimator, base.X, base.y, weight)
    was, evidence_was = verdicts(before, quiz.X) == quiz.y, evidence(before, quiz.X)
    sign = np.where(quiz.y == 1, 1.0, -1.0)
    counted: dict[str, list[list[float]]] = {"helped": [], "hurt": [], "margin": []}
    for unit in Units.single(len(offered.y)) if units is None else units:
        X = stacked(base.X, offered.X[unit]) if len(unit) else base.X
        both = None if weight is None else np.concatenate([weight, more[unit]])
        after = trained(estimator, X, np.concatenate([base.y, offered.y[unit]]), both)
        now, shift = verdicts(after, quiz.X) == quiz.y, sign * (evidence(after, quiz.X) - evidence_was)
        counted["helped"].append([float((now & ~was)[quiz.y == c].sum()) for c in (0, 1)])
        counted["hurt"].append([float((was & ~now)[quiz.y == c].sum()) for c in (0, 1)])
        counted["margin"].append([float(shift[quiz.y == c].mean()) for c in (0, 1)])
    return {name: np.array(values).reshape(-1, 2) for name, values in counted.items()}


def left_out(estimator: Any, base: Any, quiz: Any, units: Any) -> dict[str, np.ndarray]:
    """The same for units of base rows that are left out."""
    whole = trained(estimator, base.X, base.y, getattr(base, "weight", None))
    found: dict[str, list[Any]] = {"helped": [], "hurt": [], "margin": []}
    was, sign = verdicts(whole, quiz.X) == quiz.y, np.where(quiz.y == 1, 1.0, -1.0)
    for unit in units:
        kept = np.setdiff1d(np.arange(len(base.y)), unit)
        weight = getattr(base, "weight", None)
        after = trained(estimator, base.X[kept], base.y[kept], None if weight is None else weight[kept])
        now, shift = verdicts(after, quiz.X) == quiz.y, sign * (evidence(after, quiz.X) - evidence(whole, quiz.X))
        found["helped"].append([float((now & ~was)[quiz.y == c].sum()) for c in (0, 1)])
        found["hurt"].append([float((was & ~now)[quiz.y == c].sum()) for c in (0, 1)])
        found["margin"].append([float(shift[quiz.y == c].mean()) for c in (0, 1)])
    return {name: np.array(values).reshape(-1, 2) for name, values in found.items()}


def has_algebra(estimator: Any, base: Any, offered: Any, quiz: Any) -> bool:
    question = Question(*(Labelled(rows.X, rows.y, getattr(rows, "weight", None)) for rows in (base, offered, quiz)))
    return by_algebra(estimator, question) is not None


def agrees(measured: Impacts, truth: dict[str, np.ndarray], within: float = 1e-9) -> None:
    np.testing.assert_array_equal(measured.helped, truth["helped"])
    np.testing.assert_array_equal(measured.hurt, truth["hurt"])
    np.testing.assert_allclose(measured.margin, truth["margin"], atol=within, rtol=0)


def check_exact(estimator: Any, base: Any, offered: Any, quiz: Any, units: Any = None) -> Impacts:
    """Algebra answers, and as training again does; returns what it says, so that a test can ask how much was trained."""
    assert not len(offered.y) or has_algebra(estimator, base, offered, quiz)
    measured = impacts(estimator, base, offered, quiz, units=units)
    agrees(measured, refitted(estimator, base, offered, quiz, units))
    return measured
