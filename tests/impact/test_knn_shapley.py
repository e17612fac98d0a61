from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.neighbors import KNeighborsClassifier

from amlsec.errors import InvalidInput
from amlsec.impact import knn_shapley as module
from amlsec.impact.contract import Labelled
from amlsec.impact.knn_shapley import knn_shapley


def drawn(seed: int, n: int, d: int = 2) -> Labelled:
    rng = np.random.default_rng(seed)
    return Labelled(rng.normal(size=(n, d)), rng.integers(0, 2, n))


def right_share(rows: Labelled, quiz: Labelled, k: int, players: list[int]) -> float:
    """The game itself: the mean share of the k nearest that have the right label; missing ones are wrong."""
    share = 0.0
    for row, label in zip(quiz.X, quiz.y, strict=True):
        nearest = sorted(players, key=lambda j: np.sum((rows.X[j] - row) ** 2))[:k]
        share += sum(rows.y[j] == label for j in nearest) / k
    return share / len(quiz.y)


def by_definition(rows: Labelled, quiz: Labelled, k: int) -> np.ndarray:
    """What each row adds, over all orders of arrival."""
    orders = list(permutations(range(len(rows.y))))
    values = np.zeros(len(rows.y))
    worth = {frozenset[int](): 0.0}
    for order in orders:
        for j, row in enumerate(order):
            before, after = frozenset(order[:j]), frozenset(order[: j + 1])
            if after not in worth:
                worth[after] = right_share(rows, quiz, k, sorted(after))
            values[row] += worth[after] - worth[before]
    return values / len(orders)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 6), k=st.integers(1, 7))
def test_values_are_shapleys_by_definition(seed: int, n: int, k: int) -> None:
    rows, quiz = drawn(seed, n), drawn(seed + 1, 3)
    np.testing.assert_allclose(knn_shapley(rows, quiz, k=k), by_definition(rows, quiz, k), atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), n=st.integers(5, 80), k=st.integers(1, 5))
def test_values_add_up_to_what_all_rows_are_worth_together(seed: int, n: int, k: int) -> None:
    rows, quiz = drawn(seed, n), drawn(seed + 1, 20)
    nearest = KNeighborsClassifier(k).fit(rows.X, rows.y).kneighbors(quiz.X, return_distance=False)
    share = (rows.y[nearest] == quiz.y[:, None]).mean()
    assert knn_shapley(rows, quiz, k=k).sum() == pytest.approx(share)


def naively(rows: Labelled, quiz: Labelled, k: int) -> np.ndarray:
    """Theorem 1 of Jia et al. (2019), one row at a time."""
    n, values = len(rows.y), np.zeros(len(rows.y))
    for row, label in zip(quiz.X, quiz.y, strict=True):
        order = np.argsort(((rows.X - row) ** 2).sum(axis=1), kind="stable")
        right = [float(rows.y[j] == label) for j in order]
        share = right[n - 1] / n
        values[order[n - 1]] += share
        for j in range(n - 1, 0, -1):
            share += (right[j - 1] - right[j]) / k * min(k, j) / j
            values[order[j - 1]] += share
    return values / len(quiz.y)


def test_it_is_the_papers_recursion_however_the_quiz_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, quiz = drawn(0, 200, 5), drawn(1, 31, 5)
    whole = knn_shapley(rows, quiz, k=3)
    np.testing.assert_allclose(whole, naively(rows, quiz, 3), atol=1e-12)
    monkeypatch.setattr(module, "_AT_ONCE", 700)
    np.testing.assert_allclose(knn_shapley(rows, quiz, k=3), whole, atol=1e-12)


def test_sparse_rows_give_the_same_values() -> None:
    rows, quiz = drawn(0, 60, 5), drawn(1, 20, 5)
    sparse = Labelled(csr_matrix(rows.X), rows.y), Labelled(csr_matrix(quiz.X), quiz.y)
    np.testing.assert_allclose(knn_shapley(*sparse), knn_shapley(rows, quiz), atol=1e-12)


def test_far_from_the_origin_the_order_is_still_that_of_distance() -> None:
    rows, quiz = drawn(0, 60, 3), drawn(1, 20, 3)
    moved = rows._replace(X=rows.X + 1e7), quiz._replace(X=quiz.X + 1e7)
    np.testing.assert_allclose(knn_shapley(*moved), knn_shapley(rows, quiz), atol=1e-12)


def test_quiz_rows_count_by_their_weight() -> None:
    rows, quiz = drawn(0, 40), drawn(1, 6)
    twice = Labelled(quiz.X[[0, 0, 1, 2, 3, 4, 5]], quiz.y[[0, 0, 1, 2, 3, 4, 5]])
    heavy = quiz._replace(weight=np.array([2.0, 1, 1, 1, 1, 1]))
    np.testing.assert_allclose(knn_shapley(rows, heavy), knn_shapley(rows, twice), atol=1e-12)


def test_flipped_rows_are_worth_least() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(300) % 2
    X = rng.normal(size=(300, 4)) + 3.0 * y[:, None]
    rows = Labelled(X[:200], np.where(np.arange(200) < 20, 1 - y[:200], y[:200]))
    values = knn_shapley(rows, Labelled(X[200:], y[200:]))
    assert (np.sort(np.argsort(values)[:20]) == np.arange(20)).all()
    assert values[:20].sum() < 0


ROWS = drawn(0, 4)


@pytest.mark.parametrize(
    ("rows", "quiz", "k", "argument"),
    [
        (ROWS, ROWS, 0, "k"),
        (ROWS._replace(weight=np.ones(4)), ROWS, 1, "rows.weight"),
        (ROWS, drawn(0, 4, 3), 1, "quiz.X"),
        (ROWS._replace(X=np.full((4, 2), np.nan)), ROWS, 1, "rows"),
        (ROWS, ROWS._replace(y=ROWS.y[:3]), 1, "quiz"),
        (ROWS, drawn(0, 0), 1, "quiz.X"),
        (ROWS._replace(X=np.array(["a"] * 4, dtype=object)), ROWS, 1, "rows.X"),
        (ROWS, ROWS._replace(weight=np.zeros(4)), 1, "quiz.weight"),
    ],
)
def test_bad_input_is_refused(rows: Labelled, quiz: Labelled, k: int, argument: str) -> None:
    with pytest.raises(InvalidInput, match=argument):
        knn_shapley(rows, quiz, k=k)
