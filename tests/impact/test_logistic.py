import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from amlsec.data import Batch
from amlsec.impact.certified.model import FIRST, OPTIMUM
from amlsec.impact.contract import Labelled
from amlsec.impact.measure import impacts
from amlsec.impact.units import Units
from exactness import has_algebra, tables
from tight import check_certified, model_of, standardised_spambase, truth

ESTIMATORS = [
    LogisticRegression(),
    LogisticRegression(C=20.0, fit_intercept=False, solver="newton-cholesky"),
    LogisticRegression(C=0.1, class_weight={0: 2.0, 1: 0.5}, solver="newton-cg"),
    LogisticRegression(solver="liblinear", intercept_scaling=3.0),
]


def drawn(n: int, d: int, seed: int, sparse: bool = False) -> Labelled:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, d)) + 0.5 * y[:, None] * (np.arange(d) < 3)
    return Labelled(csr_matrix(X * (rng.random((n, d)) < 0.1)) if sparse else X, y)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
@settings(deadline=None, max_examples=15)
@given(base=tables(2), offered=tables(1), quiz=tables(2))
def test_small_tables(estimator: Any, base: Batch, offered: Batch, quiz: Batch) -> None:
    check_certified(estimator, base, offered, quiz)


@settings(deadline=None, max_examples=15)
@given(base=tables(2), offered=tables(4), quiz=tables(2), seed=st.integers(0, 99))
def test_weighted_rows_and_units_of_any_size(base: Batch, offered: Batch, quiz: Batch, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weighted = [Labelled(rows.X, rows.y, rng.integers(0, 4, len(rows.y)) + 0.5) for rows in (base, offered)]
    check_certified(LogisticRegression(), *weighted, quiz, Units.of([[0, 1, 2, 3], [2], [], [3, 1]]))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
@pytest.mark.parametrize("shape", [(120, 6, False), (40, 150, True), (40, 60, False)], ids=str)
def test_larger_ones(estimator: Any, shape: tuple[int, int, bool]) -> None:
    n, d, sparse = shape
    decided = check_certified(estimator, drawn(n, d, 0, sparse), drawn(40, d, 1, sparse), drawn(100, d, 2, sparse))
    assert (decided == FIRST).mean() > 0.1


@pytest.mark.parametrize("sparse", [False, True])
def test_rows_left_out(sparse: bool) -> None:
    base, quiz = drawn(60, 200 if sparse else 5, 0, sparse), drawn(80, 200 if sparse else 5, 1, sparse)
    check_certified(LogisticRegression(), base, None, quiz, Units.of([[3], [0, 1, 2], [], [7, 9, 11, 40]]))


def test_the_last_rows_of_a_class_cannot_be_left_out() -> None:
    base = drawn(6, 2, 0)
    answer = model_of(LogisticRegression(), base, None, base).after(Units.of([[0, 2, 4], [1]]))
    assert answer.open.tolist() == [True, False]


def test_columns_of_any_scale_and_rows_far_out() -> None:
    base, offered, quiz = drawn(100, 5, 0), drawn(30, 5, 1), drawn(50, 5, 2)
    scale = np.array([1e-3, 1.0, 1e3, 1.0, 1.0])
    far = Labelled(offered.X * np.linspace(1, 60, 30)[:, None] * scale, offered.y)
    check_certified(LogisticRegression(C=10.0), Labelled(base.X * scale, base.y), far, Labelled(quiz.X * scale, quiz.y))


@pytest.mark.parametrize("sparse", [False, True])
def test_rows_of_no_weight_count_for_nothing(sparse: bool) -> None:
    base, offered, quiz = (drawn(n, 120 if sparse else 5, n, sparse) for n in (60, 30, 50))
    idle = np.arange(60) % 3 == 0
    some = Labelled(base.X, base.y, np.where(idle, 0.0, 1.0)), Labelled(offered.X, offered.y, np.arange(30) % 2 * 1.0)
    check_certified(LogisticRegression(), *some, quiz)
    weighted = impacts(LogisticRegression(), *some, quiz)
    plain = impacts(LogisticRegression(), Labelled(base.X[~idle], base.y[~idle]), offered, quiz)
    np.testing.assert_allclose(weighted.margin[1::2], plain.margin[1::2], atol=2e-2 * np.abs(plain.margin).max())
    assert not weighted.margin[::2].any()


def test_quiz_rows_that_share_nothing_with_the_others_need_no_look() -> None:
    base, offered, quiz = drawn(60, 6, 0), drawn(30, 6, 1), drawn(50, 6, 2)
    for rows, column in ((base, 5), (offered, 5), (quiz, slice(5))):
        rows.X[: len(rows.y) if rows is not quiz else 10, column] = 0.0
    estimator = LogisticRegression(fit_intercept=False)
    model = model_of(estimator, base, offered, quiz)
    tally = model.tally(Units.single(30))
    assert not tally.open.any()
    assert (model.decided_by(Units.single(30)) < OPTIMUM).any()
    assert (model.after(Units.single(30)).evidence[:, :10] == 0).all()


def test_a_tie_to_rounding_is_trained() -> None:
    """The quiz row lies where the mirrored classes meet, with every unit that is mirrored too."""
    base = Labelled(np.array([[1.0, 0.3], [-1.0, -0.3], [2.0, 1.0], [-2.0, -1.0]]), np.array([1, 0, 1, 0]))
    offered = Labelled(np.array([[0.7, -0.2], [-0.7, 0.2], [0.5, 0.1]]), np.array([1, 0, 1]))
    quiz = Labelled(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1]))
    measured = impacts(LogisticRegression(), base, offered, quiz, units=Units.of([[0, 1], [2]]))
    assert measured.trained.tolist() == [True, False]


def test_rows_far_beyond_the_base_are_trained_where_products_alone_are_known() -> None:
    base, offered, quiz = (drawn(n, 150, n, sparse=True) for n in (60, 30, 50))
    offered.X[3] *= 1000.0
    model = model_of(LogisticRegression(), base, offered, quiz)
    assert np.flatnonzero(model.tally(Units.single(30)).open).tolist() == [3]
    assert np.flatnonzero(model.margins(Units.single(30))[1]).tolist() == [3]


def test_the_rows_given_stay_as_they_are() -> None:
    parts = [drawn(n, 150, n, sparse=True) for n in (60, 30, 50)]
    for rows in parts:
        rows.X.indices[:] = rows.X.indices  # as a vectorizer leaves them
        rows.X.has_sorted_indices = False
    before = [rows.X.toarray() for rows in parts]
    impacts(LogisticRegression(), *parts)
    for rows, was in zip(parts, before, strict=True):
        np.testing.assert_array_equal(rows.X.toarray(), was)


def test_one_newton_step_is_wrong_where_the_certificate_is_not() -> None:
    """Influence functions, without the proximal step and its proof, misjudge units that turn verdicts."""
    estimator, base, offered, quiz = LogisticRegression(C=10.0), drawn(80, 8, 3), drawn(200, 8, 4), drawn(400, 8, 5)
    units = Units.single(200)
    model, true = model_of(estimator, base, offered, quiz), truth(estimator, base, offered, quiz, units)
    rows = model._rows(units.rows)
    once = model.before - (rows.weight * model.metric.loss.derivatives(rows.margin).slope)[:, None] * (
        rows.place[0] @ model.places[0].T
    )
    wrong = ((once > 0) != (true.after > 0)).any(axis=1)
    assert wrong.sum() >= 20
    np.testing.assert_array_equal(model.after(units).verdicts, true.after > 0)


def test_nothing_is_left_to_the_solver_s_own_tolerance() -> None:
    base, offered, quiz = drawn(200, 6, 0), drawn(300, 6, 1), drawn(300, 6, 2)
    loose = impacts(LogisticRegression(tol=10.0, max_iter=1), base, offered, quiz)
    assert not loose.trained.any()
    np.testing.assert_array_equal(loose.margin, impacts(LogisticRegression(tol=1e-9), base, offered, quiz).margin)


def test_what_decided_the_units_is_told() -> None:
    model = model_of(LogisticRegression(C=100.0), drawn(60, 8, 0), drawn(200, 8, 1), drawn(500, 8, 2))
    assert set(model.decided_by(Units.single(200))) >= {FIRST, OPTIMUM}


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(C=np.inf),
        LogisticRegression(class_weight="balanced"),
        LogisticRegression(l1_ratio=0.5, solver="saga"),
        LogisticRegression(l1_ratio=1.0, solver="liblinear"),
    ],
    ids=str,
)
def test_other_objectives_have_no_family(estimator: Any) -> None:
    assert not has_algebra(estimator, *(drawn(10, 3, seed) for seed in range(3)))


def first_rows(rows: Labelled, n: int) -> Labelled:
    return Labelled(rows.X[:n], rows.y[:n])


@pytest.mark.skipif(find_spec("dmba") is None, reason="the package dmba holds Spambase")
@pytest.mark.parametrize("C", [1.0, 10.0])
def test_spambase(C: float) -> None:
    base, quiz, offered = standardised_spambase()
    decided = check_certified(LogisticRegression(C=C), base, first_rows(offered, 25), quiz)
    assert (decided == FIRST).mean() > 0.5
    assert (decided == OPTIMUM).mean() < 0.2


@pytest.mark.data
@pytest.mark.skipif("AMLSEC_DATA" not in os.environ, reason="AMLSEC_DATA names no folder of real data")
def test_enron() -> None:
    import pandas
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = pandas.read_parquet(Path(os.environ["AMLSEC_DATA"]) / "enron_spam/enron_spam.parquet").fillna({"body": ""})
    table = table.drop_duplicates("body").sample(900, random_state=0)
    X = TfidfVectorizer(max_features=500).fit_transform(table["body"])
    y = (table["label"] == "spam").to_numpy().astype(np.int64)
    base, quiz, offered = (Labelled(X[part], y[part]) for part in np.split(np.arange(900), [300, 860]))
    assert (check_certified(LogisticRegression(C=10.0), base, first_rows(offered, 15), quiz) == FIRST).mean() > 0.7
