"""The nearest centroid by algebra is the nearest centroid trained again."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.neighbors import NearestCentroid

from amlsec.data import Batch
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.linear import lengths
from amlsec.impact.measure import by_algebra, impacts
from amlsec.impact.units import Units
from dense_cases import GROUPS, check_evidence, check_removal, dense, normal, taking_back
from exactness import agrees, check_exact, has_algebra, refitted

KINDS = [
    NearestCentroid(),
    NearestCentroid(priors="empirical"),
    NearestCentroid(priors=[0.2, 0.8]),
    NearestCentroid(priors=[0.5, 0.5]),
]
ALL = Units.of([[k] for k in range(40)] + list(GROUPS))

pytestmark = [  # what scikit-learn says of columns that do not vary
    pytest.mark.filterwarnings("ignore:self.within_class_std_dev_ has at least 1 zero"),
    pytest.mark.filterwarnings("ignore:(invalid value|divide by zero) encountered in divide"),
]


@pytest.mark.parametrize("estimator", KINDS, ids=str)
@settings(deadline=None, max_examples=15)
@given(base=dense(5), offered=dense(3), quiz=dense(2), cut=st.integers(0, 3))
def test_any_rows_and_groups_as_training_again(estimator: Any, base: Batch, offered: Batch, quiz: Batch, cut: int) -> None:
    """Columns that are constant in the base, or in each class of it, among them."""
    assume(np.ptp(base.X, axis=0).any())
    units = Units.of([*np.arange(len(offered.y))[:, None], np.arange(len(offered.y)), [], np.arange(cut)])
    check_exact(estimator, base, offered, quiz, units)


@pytest.mark.parametrize("share", [2, 3])
@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_rows_and_groups_train_nothing(estimator: Any, share: int) -> None:
    base, offered, quiz = normal(60, 0), normal(40, 1), normal(90, 2)
    base = Labelled(base.X, (np.arange(60) % share == 0).astype(np.int64))
    offered.X[:5] = base.X[:5]
    assert not check_exact(estimator, base, offered, quiz, ALL).trained.any()
    check_evidence(estimator, Question(base, offered, quiz), ALL)


@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_rows_taken_back_as_training_without_them(estimator: Any) -> None:
    base, quiz = normal(70, 0), normal(90, 2)
    assert not check_removal(estimator, base, quiz, ALL).trained.any()


@pytest.mark.parametrize("more", [0, 1, 2])
def test_the_rule_that_judges_changes_where_the_classes_become_as_large_as_each_other(more: int) -> None:
    """With empirical priors scikit-learn judges by plain distances if, and only if, both classes have as many rows."""
    base, offered, quiz = normal(60 + more, 0, 2), normal(40, 1, 2), normal(400, 2, 2)
    base = Labelled(base.X * [1.0, 30.0], np.append(base.y[:60], np.zeros(more, dtype=np.int64)))
    offered, quiz = (Labelled(rows.X * [1.0, 30.0], rows.y) for rows in (offered, quiz))
    units = Units.of([*[[k] for k in range(20)], [1, 3], [0, 1], []])
    measured = check_exact(NearestCentroid(priors="empirical"), base, offered, quiz, units)
    assert not measured.trained.any()
    assert measured.hurt.max() > 15, "the rules differ"


def test_columns_of_any_scale_and_columns_that_do_not_vary() -> None:
    base, offered, quiz = (normal(n, seed) for n, seed in ((60, 0), (40, 1), (90, 2)))
    for rows in (base, offered, quiz):
        rows.X[:, 0] *= 1e4
        rows.X[:, 1] *= 1e-6
        rows.X[:, 2] = 3.0
        rows.X[:, 3] = rows.y
    offered.X[:10, 2] = 4.0
    offered.X[5:20, 3] = 0.5
    for estimator in KINDS:
        assert not check_exact(estimator, base, offered, quiz, ALL).trained.any()


def test_columns_that_only_rounding_varies_are_left_to_training() -> None:
    rows = normal(60, 0)
    rows.X[:, 2] = 0.1
    assert not has_algebra(NearestCentroid(), rows, rows, rows)
    rows.X[:, 2] = 1e6 + 1e-3 * rows.X[:, 0]
    assert not has_algebra(NearestCentroid(), rows, rows, rows)


def test_quiz_rows_as_near_to_both_centroids_are_trained_for_real() -> None:
    base = Batch(np.array([[0.0, 1], [0, -1], [4, 1], [4, -1]]), np.array([0, 0, 1, 1]))
    offered = Batch(np.array([[0.0, 0], [4, 0], [1, 7]]), np.array([0, 1, 0]))
    quiz = Batch(np.array([[2.0, 5], [2, 0], [1, 0], [3, 0]]), np.array([1, 0, 0, 1]))
    measured = check_exact(NearestCentroid(), base, offered, quiz)
    assert measured.trained.tolist() == [True, True, False]


def test_a_column_that_varies_by_one_row_alone_is_not_scaled_without_it() -> None:
    base, quiz = normal(40, 0), normal(60, 2)
    base.X[:, 0] = 0.0
    base.X[7, 0] = 1.0
    model = by_algebra(NearestCentroid(), taking_back(base, quiz))
    assert model is not None
    assert model.after(Units.single(40)).open.tolist() == [k == 7 for k in range(40)]
    check_removal(NearestCentroid(), base, quiz, Units.single(40))


@pytest.mark.parametrize(
    "estimator",
    [
        NearestCentroid(metric="manhattan"),
        NearestCentroid(shrink_threshold=0.2),
        NearestCentroid(priors=[0.0, 1.0]),
    ],
    ids=str,
)
def test_other_settings_are_left_to_training(estimator: Any) -> None:
    rows = normal(40, 0)
    assert not has_algebra(estimator, rows, rows, rows)


def test_weights_sparse_and_single_precision_rows_are_left_to_training() -> None:
    rows = normal(40, 0, weights=True)
    assert not has_algebra(NearestCentroid(), rows, rows, rows)
    for X in (rows.X.astype(np.float32), csr_matrix(rows.X)):
        other = Labelled(X, rows.y)
        assert not has_algebra(NearestCentroid(), other, other, other)


def test_versions_with_other_evidence_are_left_to_training(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = normal(40, 0)
    monkeypatch.setattr(NearestCentroid, "decision_function", lambda self, X: np.where(self.predict(X) == 1, 1.0, -1.0))
    assert not has_algebra(NearestCentroid(), rows, rows, rows)


def test_most_quiz_rows_are_never_looked_at() -> None:
    base, offered, quiz = normal(1000, 0), normal(300, 1), normal(500, 2)
    model = by_algebra(NearestCentroid(), Question(base, offered, quiz))
    assert model is not None
    rows = np.searchsorted(model.judges.edges, lengths(model.judges.changes(Units.single(300))))
    assert rows.mean() < 25
    agrees(impacts(NearestCentroid(), base, offered, quiz), refitted(NearestCentroid(), base, offered, quiz))
