"""Rows for naive Bayes, and what is asked of each of its families."""

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import Impacts, answers, by_algebra, impacts, margins, measured
from amlsec.impact.refit import refits
from amlsec.impact.units import Units
from exactness import agrees, check_exact, has_algebra, left_out, refitted

PARTS = [[0, 1, 2, 3], [2], [], [3, 1], [0, 2]]
WHOLE = st.integers(0, 4)
FRACTIONS = st.sampled_from([0.0, 0.1, 0.25, 1.0, 3.7])


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


def asked(values: Any = WHOLE, weighted: bool = False) -> Any:
    """A few rows to train on, to add and to judge."""
    return st.tuples(few(2, values, weighted=weighted), few(4, values, weighted=weighted), few(2, values))


def sparse(rows: Labelled) -> Labelled:
    return rows._replace(X=csr_matrix(rows.X))


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


def check_left_out_one_by_one(estimator: Any, base: Labelled, quiz: Labelled) -> Impacts:
    """Of every row without which both classes are left, and of all but the first two, which are of both."""
    kept = [k for k in range(len(base.y)) if len(np.unique(np.delete(base.y, k))) == 2]
    return check_left_out(estimator, base, quiz, Units.of([*([k] for k in kept), np.arange(2, len(base.y))]))


def check_many(estimator: Any, weighted: bool = False) -> None:
    """On 40 rows and groups of rows, added and left out: as training says, and without it."""
    base, offered, quiz = drawn(60, 1, weighted=weighted), drawn(40, 2, weighted=weighted), drawn(80, 3)
    groups = Units.of([*([k] for k in range(30)), *(range(k, k + 6) for k in range(10))])
    assert not check_exact(estimator, base, offered, quiz, groups).trained.any()
    assert not check_left_out(estimator, base, quiz, groups).trained.any()


def check_wide(estimator: Any) -> None:
    """Sparse rows of many words, a quiz in many segments, and words that the base lacks: none trained, most turn none."""
    base, offered, quiz = (drawn(n, seed, columns=400, rate=0.08) for n, seed in ((60, 4), (60, 5), (300, 6)))
    unseen = base.X.sum(axis=0) == 0
    assert unseen.sum() > 1
    assert offered.X[:, unseen].any()
    found = check_exact(estimator, *(sparse(rows) for rows in (base, offered, quiz)))
    assert found.net.any()
    assert not found.trained.any()
    np.testing.assert_allclose(impacts(estimator, base, offered, quiz).margin, found.margin, atol=1e-12)
    np.testing.assert_allclose(margins(estimator, base, offered, quiz), found.margin, atol=1e-12)


def check_evidence(estimator: Any) -> None:
    """Evidence and verdicts on every quiz row, not their sums alone."""
    rows = drawn(40, 7, weighted=True), drawn(12, 8, weighted=True), drawn(50, 9)
    units = Units.of([[0], [], [3, 4, 5], [11, 2]])
    (found,) = answers(estimator, *rows, units=units)
    real = list(refits(estimator, Question(*rows), units))
    np.testing.assert_allclose(found.evidence, np.concatenate([one.evidence for one in real]), atol=1e-9)
    np.testing.assert_array_equal(found.verdicts, np.concatenate([one.verdicts for one in real]))


def check_order(estimator: Any) -> None:
    """Rows asked about out of order, or some of them, have the impacts they have in order."""
    rows = [sparse(drawn(n, seed)) for n, seed in ((40, 1), (30, 2), (40, 3))]
    whole, order = impacts(estimator, *rows), np.random.default_rng(0).permutation(30)[:20]
    some = impacts(estimator, *rows, units=Units.of([[k] for k in order]))
    np.testing.assert_array_equal(some.net, whole.net[order])
    np.testing.assert_allclose(some.margin, whole.margin[order], atol=1e-12)


def check_tie(estimator: Any) -> None:
    """A quiz row that both classes fit equally well after the first unit is judged by training for real."""
    base = Labelled(np.array([[2.0, 1, 0], [1.0, 2, 0]]), np.array([0, 1]))
    offered = Labelled(np.array([[1.0, 1, 0], [3.0, 0, 1]]), np.array([0, 1]))
    quiz = Labelled(np.array([[1.0, 0, 0], [0.0, 1, 0]]), np.array([0, 1]))
    both = Labelled(np.concatenate([base.X, base.X[:, [1, 0, 2]]]), np.array([0, 1, 0, 1]))
    assert check_exact(estimator, both, offered, quiz, Units.of([[], [0], [1]])).trained[0]


def check_large_counts(estimator: Any) -> None:
    """Ties among rows of millions of words are blurred by rounding, and judged by training; margins to rounding."""
    for seed in range(25):
        rng = np.random.default_rng(seed)
        size = 10.0 ** rng.integers(6, 14)
        rows = [Labelled(rng.integers(0, 2, (n, 3)) * size, np.arange(n) % 2) for n in (8, 6, 8)]
        agrees(impacts(estimator, *rows), refitted(estimator, *rows), within=1e-13 * size)


def check_mute(estimator: Any) -> None:
    """Quiz rows without words, that both classes fit equally well whatever is added, are no reason to train."""
    base, offered, quiz = drawn(60, 1), drawn(20, 2), drawn(40, 3)
    quiz.X[[3, 8]] = 0.0
    assert not check_exact(estimator, base, offered, quiz).trained.any()
    found = next(answers(estimator, base, offered, quiz))
    real = list(refits(estimator, Question(base, offered, quiz), Units.single(20)))
    np.testing.assert_array_equal(found.verdicts, np.concatenate([one.verdicts for one in real]))


def check_refused(estimator: Any, base: Labelled, offered: Labelled, quiz: Labelled, message: str) -> None:
    """Rows that scikit-learn refuses are left to it."""
    assert not has_algebra(estimator, base, offered, quiz)
    with pytest.raises(ValueError, match=message):
        impacts(estimator, base, offered, quiz)


def check_trained(estimator: Any, base: Labelled, offered: Labelled, quiz: Labelled) -> None:
    """What algebra would get wrong is trained again."""
    assert not has_algebra(estimator, base, offered, quiz)
    found = impacts(estimator, base, offered, quiz)
    assert found.trained.all()
    agrees(found, refitted(estimator, base, offered, quiz))
