import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from amlsec.data import Batch
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import by_algebra, impacts, margins, measured
from amlsec.impact.removal import influences
from amlsec.impact.units import Units
from exactness import agrees, check_exact, has_algebra, left_out, refitted


def cloud(n: int, seed: int, d: int = 8, outliers: float = 0.3) -> Batch:
    """Rows near a plane, and some far from it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * np.geomspace(5, 0.5, d) + 20
    y = (rng.random(n) < outliers).astype(np.int64)
    y[:2] = 0, 1
    return Batch(X + y[:, None] * rng.normal(size=(n, d)) * 2, y)


def asked(base: Batch, quiz: Batch) -> Question:
    rows = Labelled(base.X, base.y)
    return Question(rows, rows._replace(weight=-rows.weights), Labelled(quiz.X, quiz.y), removing=True)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 3), n=st.integers(6, 30), rate=st.sampled_from([0.001, 0.1, 0.4]))
def test_an_added_row_turns_the_components_as_training_does(seed: int, k: int, n: int, rate: float) -> None:
    base, offered, quiz = cloud(n, seed, 5), cloud(6, seed + 1, 5), cloud(9, seed + 2, 5)
    offered = offered + base.rows(np.array([0, 0])) + Batch(base.X.mean(axis=0, keepdims=True), np.array([0]))
    estimator = PCAResidual(n_components=k, false_alarm_rate=rate)
    agrees(impacts(estimator, base, offered, quiz), refitted(estimator, base, offered, quiz))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_many_rows_are_answered_by_algebra(k: int) -> None:
    found = check_exact(
        PCAResidual(n_components=k, false_alarm_rate=0.1), cloud(300, 0, outliers=0), cloud(200, 1), cloud(150, 2)
    )
    assert found.trained.mean() < 0.02
    assert (found.helped + found.hurt).any()


@pytest.mark.filterwarnings("ignore::amlsec.defenses.detectors.doubts.DoubtfulFit")
@pytest.mark.parametrize("size", [1e2, 1e4, 1e6])
def test_huge_rows_are_answered_as_training_answers(size: float) -> None:
    base, quiz, offered = cloud(100, 0, outliers=0), cloud(100, 1), cloud(20, 2)
    check_exact(PCAResidual(n_components=2), base, Batch(offered.X * size, offered.y), quiz)


def test_rows_added_together_are_trained_on_together() -> None:
    base, offered, quiz = cloud(200, 0, outliers=0), cloud(100, 1), cloud(100, 2)
    rng = np.random.default_rng(0)
    units = Units.of([*(rng.choice(100, size, replace=False) for size in (1, 2, 5, 50, 100)), []])
    found = check_exact(PCAResidual(n_components=3), base, offered, quiz, units)
    assert not found.trained.any()
    assert np.abs(found.margin[5]).max() < 1e-11


def test_rows_left_out_are_as_if_never_seen() -> None:
    base, quiz = cloud(120, 0), cloud(80, 1)
    rng = np.random.default_rng(0)
    units = Units.of([*(rng.choice(120, size, replace=False) for size in (1, 1, 1, 4, 40)), []])
    found = measured(PCAResidual(n_components=3), asked(base, quiz), units)
    agrees(found, left_out(PCAResidual(n_components=3), base, quiz, units))
    assert not found.trained.any()


def test_constant_and_repeated_columns_are_answered_by_algebra() -> None:
    def widened(batch: Batch) -> Batch:
        return Batch(np.column_stack([batch.X, np.ones(len(batch)), batch.X[:, :2]]), batch.y)

    base, offered, quiz = widened(cloud(100, 0)), widened(cloud(50, 1)), widened(cloud(60, 2))
    assert not check_exact(PCAResidual(n_components=3), base, offered, quiz).trained.any()


def test_components_that_nearly_cross_are_trained_for_real() -> None:
    """The second and third eigenvalues are near enough for a row along the third to change places with the second."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 5))
    X = np.linalg.qr(X - X.mean(axis=0))[0] * [30, 10, 9.99, 3, 2]
    along = np.eye(5)[[2] * 300] * np.linspace(0, 1, 300)[:, None]
    offered, quiz = Batch(along, np.arange(300) % 2), cloud(40, 1, 5)
    found = check_exact(PCAResidual(n_components=2), Batch(X, np.arange(400) % 2), offered, quiz)
    assert 0 < found.trained.sum() < 300


def test_margins_alone_are_the_same() -> None:
    rows = cloud(200, 0, outliers=0), cloud(100, 1), cloud(100, 2)
    estimator = PCAResidual(n_components=3)
    np.testing.assert_allclose(margins(estimator, *rows), impacts(estimator, *rows).margin, atol=1e-12)


def test_where_components_are_not_distinct_it_is_training_again() -> None:
    X = np.concatenate([np.eye(4), -np.eye(4)]) * [3, 2.5, 2, 2]
    batch = Batch(X, np.arange(8) % 2)
    assert not has_algebra(PCAResidual(n_components=3), batch, batch, batch)
    assert has_algebra(PCAResidual(n_components=2), batch, batch, batch)


def test_weighted_rows_and_settings_that_do_not_train_have_no_algebra() -> None:
    base = cloud(50, 0)
    weighted = Labelled(base.X, base.y, np.ones(50))
    plain = Labelled(base.X, base.y)
    assert by_algebra(PCAResidual(), Question(weighted, weighted, plain)) is None
    assert by_algebra(PCAResidual(), Question(plain, weighted, plain)) is None
    assert by_algebra(PCAResidual(), Question(plain._replace(X=csr_matrix(base.X)), plain, plain)) is None
    assert by_algebra(PCAResidual(n_components=8), Question(plain, plain, plain)) is None
    assert by_algebra(PCAResidual(false_alarm_rate=0.0), Question(plain, plain, plain)) is None


def test_a_row_that_makes_two_components_equally_long_is_trained_for_real() -> None:
    """Each alone is then nobody's eigenvector; of this table the scatter along the first axis is 5, and two rows make the
    second one's 5 as well."""
    bits = "111 111 010 100 100 001 100 110 111 101 010 010 111 111 100 010 110 011 001 011 001 010 101 110"
    X = np.array([[float(bit) for bit in row] for row in bits.split()])
    y = np.arange(len(X)) % 2
    base, offered, quiz = Batch(X[:19], y[:19]), Batch(X[19:], y[19:]), Batch(X, y)
    estimator = PCAResidual(n_components=2, false_alarm_rate=0.1)
    assert check_exact(estimator, base, offered, quiz).trained.tolist() == [False, True, False, False, True]


@pytest.mark.parametrize("away", [1e5, 1e9])
def test_rows_far_from_0_for_their_spread_are_trained_for_real(away: float) -> None:
    base, quiz = (Batch(rows.X + away, rows.y) for rows in (cloud(40, 0, 3), cloud(20, 1, 3)))
    estimator = PCAResidual(n_components=2)
    units = Units.of([np.arange(4, 40), np.arange(3, 36), [7]])
    agrees(influences(estimator, base, quiz, units=units), left_out(estimator, base, quiz, units))
