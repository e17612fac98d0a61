from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.sparse import csr_matrix
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from amlsec.data import Batch
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import by_algebra, impacts, measured
from amlsec.impact.units import Units
from exactness import agrees, check_exact, has_algebra, left_out, refitted, tables

SETTINGS = [
    KNeighborsClassifier(3, algorithm="brute"),
    KNeighborsClassifier(4, algorithm="brute"),
    KNeighborsClassifier(4, weights="distance", algorithm="brute"),
    KNeighborsClassifier(3, weights="distance", algorithm="kd_tree"),
    KNeighborsClassifier(5, metric="manhattan", algorithm="brute"),
    KNeighborsClassifier(1),
    KNeighborsClassifier(2, p=np.inf, algorithm="ball_tree"),
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small fits lose by threads, and more of them may keep another of two equally far rows."""
    with threadpool_limits(1):
        yield


def drawn(n: int, seed: int, columns: int = 20, decimals: int = 9) -> Batch:
    """Two overlapping clouds; few decimals make equal rows and equal distances."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(np.round(rng.normal(size=(n, columns)) + 0.4 * y[:, None], decimals), y)


def large(columns: int = 20, decimals: int = 9) -> tuple[Batch, Batch, Batch]:
    return drawn(300, 0, columns, decimals), drawn(150, 1, columns, decimals), drawn(120, 2, columns, decimals)


@pytest.mark.parametrize("estimator", SETTINGS, ids=str)
@settings(deadline=None, max_examples=25)
@given(base=tables(5), offered=tables(1), quiz=tables(2))
def test_equal_rows_and_distances_change_nothing_that_training_does_not(
    estimator: Any, base: Batch, offered: Batch, quiz: Batch
) -> None:
    agrees(impacts(estimator, base, offered, quiz), refitted(estimator, base, offered, quiz))


@pytest.mark.parametrize("estimator", SETTINGS, ids=str)
@pytest.mark.parametrize("columns", [3, 20])
def test_distinct_rows_are_answered_by_algebra_as_training_answers(estimator: Any, columns: int) -> None:
    assert check_exact(estimator, *large(columns)).trained.mean() <= 0.02


@pytest.mark.parametrize("estimator", SETTINGS[:5], ids=str)
@pytest.mark.parametrize("decimals", [0, 1])
def test_with_ties_only_the_units_in_doubt_are_trained_on(estimator: Any, decimals: int) -> None:
    base, offered, quiz = large(4, decimals)
    measured = impacts(estimator, base, offered, quiz)
    agrees(measured, refitted(estimator, base, offered, quiz))


def test_a_row_nearer_than_the_last_neighbour_takes_its_vote() -> None:
    base = Batch(np.array([[0.0], [1.0], [3.0], [9.0]]), np.array([0, 0, 1, 1]))
    quiz = Batch(np.array([[0.1], [9.1]]), np.array([0, 1]))
    offered = Batch(np.array([[0.3], [2.9], [8.0], [0.2], [0.25]]), np.array([1, 1, 0, 0, 1]))
    three = KNeighborsClassifier(3, algorithm="brute")
    found = impacts(three, base, offered, quiz, units=Units.of([[0], [1], [2], [3], [0, 4]]))
    assert not found.trained.any()
    np.testing.assert_array_equal(found.net, [[0, 0], [0, 0], [0, 0], [0, 0], [-1, 0]])
    certain, two_of_three = np.log(1e12 - 1), np.log(2)
    np.testing.assert_allclose(found.margin[:, 0], [0, 0, 0, certain - two_of_three, -2 * two_of_three], rtol=1e-6)
    np.testing.assert_allclose(found.margin[:, 1], [0, certain - two_of_three, 0, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("estimator", SETTINGS, ids=str)
def test_rows_added_together_are_trained_on_together(estimator: Any) -> None:
    base, offered, quiz = large(6)
    rng = np.random.default_rng(3)
    sets = [rng.choice(150, size, replace=False) for size in (2, 3, 10, 40, 100, 150)]
    found = check_exact(estimator, base, offered, quiz, Units.of([*sets, [], [7]]))
    assert found.trained.sum() <= 1
    assert not found.margin[6].any()


@pytest.mark.parametrize("estimator", SETTINGS, ids=str)
@pytest.mark.parametrize("sizes", [(1,) * 40, (2, 3, 10, 40), (150, 290)])
def test_rows_left_out_are_as_if_never_seen(estimator: Any, sizes: tuple[int, ...]) -> None:
    base, _, quiz = large(6)
    rng = np.random.default_rng(4)
    units = Units.of([rng.choice(300, size, replace=False) for size in sizes])
    rows = Labelled(base.X, base.y)
    question = Question(rows, rows._replace(weight=-rows.weights), Labelled(quiz.X, quiz.y), removing=True)
    found = measured(estimator, question, units)
    agrees(found, left_out(estimator, base, quiz, units))
    assert found.trained.sum() <= (len(sizes) if max(sizes) > 100 else 1)


@pytest.mark.parametrize(
    "estimator",
    [
        KNeighborsClassifier(weights=lambda distance: np.exp(-distance)),
        KNeighborsClassifier(metric="cosine"),
        KNeighborsClassifier(p=3),
        KNeighborsClassifier(metric_params={"w": np.ones(20)}),
        KNeighborsClassifier(301),
    ],
    ids=lambda estimator: " ".join(estimator.get_params()),
)
def test_other_settings_have_no_exact_family(estimator: Any) -> None:
    assert not has_algebra(estimator, *large())


def test_rows_of_other_types_have_no_exact_family() -> None:
    base, offered, quiz = (Labelled(rows.X.astype(np.float32), rows.y) for rows in large())
    assert by_algebra(KNeighborsClassifier(), Question(base, offered, quiz)) is None


@pytest.mark.parametrize("sparse", [(True, True, True), (True, False, True), (False, True, False)], ids=str)
def test_sparse_rows_are_trained_again(sparse: tuple[bool, ...]) -> None:
    rows = [Labelled(part.X[:20], part.y[:20]) for part in large()]
    parts = [part._replace(X=csr_matrix(part.X) if stored else part.X) for part, stored in zip(rows, sparse, strict=True)]
    found = impacts(KNeighborsClassifier(3, algorithm="brute"), *parts)
    assert found.trained.all()
    agrees(found, refitted(KNeighborsClassifier(3, algorithm="brute"), *rows))


def test_a_search_that_may_keep_any_of_equal_rows_is_trained_again() -> None:
    base = Batch(np.array([[0.0], [2.0], [5.0], [6.0]]), np.array([0, 1, 0, 1]))
    quiz = Batch(np.array([[1.0], [5.5]]), np.array([0, 1]))
    assert not has_algebra(KNeighborsClassifier(1, algorithm="kd_tree"), base, base, quiz)
    assert has_algebra(KNeighborsClassifier(1, algorithm="brute"), base, base, quiz)
