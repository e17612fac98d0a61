"""Rows for naive Bayes, and what is asked of each of its families."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import Impacts, by_algebra, measured
from amlsec.impact.units import Units
from exactness import agrees, check_exact, left_out

PARTS = [[0, 1, 2, 3], [2], [], [3, 1], [0, 2]]


def drawn(n: int, seed: int, *, columns: int = 30, weighted: bool = False, rate: float = 0.7) -> Labelled:
    """Counts with a signal, a column without any and a duplicated row."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.poisson(rate * (1.0 + 0.3 * y[:, None] * (np.arange(columns) % 3 - 1)), (n, columns)).astype(float)
    X[:, 0], X[n // 2] = 0.0, X[n // 2 - 1]
    return Labelled(X, y, rng.integers(1, 4, n) / 2.0 if weighted else None)


@st.composite
def few(draw: st.DrawFn, least: int, values: Any, columns: int = 3, weighted: bool = False) -> Labelled:
    """Up to seven rows, of both classes if there are two."""
    n = draw(st.integers(least, 7))
    y = np.array([k if k < 2 else draw(st.integers(0, 1)) for k in range(n)], dtype=np.int64)
    X = np.array(draw(st.lists(st.lists(values, min_size=columns, max_size=columns), min_size=n, max_size=n)), dtype=float)
    weight = np.array(draw(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=n, max_size=n))) if weighted else None
    return Labelled(X.reshape(n, columns), y, weight)


def without(estimator: Any, base: Labelled, quiz: Labelled, units: Units) -> Impacts:
    """What leaving units of the base out does, by algebra."""
    question = Question(base, base._replace(weight=-base.weights), quiz, removing=True)
    assert by_algebra(estimator, question) is not None
    return measured(estimator, question, units)


def check_left_out(estimator: Any, base: Labelled, quiz: Labelled, units: Units, within: float = 1e-9) -> Impacts:
    """Algebra says what training without the units says."""
    found = without(estimator, base, quiz, units)
    agrees(found, left_out(estimator, base, quiz, units), within)
    return found


def check_many(estimator: Any, weighted: bool = False) -> None:
    """On 40 rows and groups of rows, added and left out: as training says, and without it."""
    base, offered, quiz = drawn(60, 1, weighted=weighted), drawn(40, 2, weighted=weighted), drawn(80, 3)
    groups = Units.of([*([k] for k in range(30)), *(range(k, k + 6) for k in range(10))])
    assert not check_exact(estimator, base, offered, quiz, groups).trained.any()
    assert not check_left_out(estimator, base, quiz, groups).trained.any()
