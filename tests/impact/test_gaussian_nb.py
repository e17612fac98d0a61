"""Gaussian naive Bayes by algebra is Gaussian naive Bayes trained again."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

from amlsec.data import Batch
from amlsec.impact import moments
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import Impacts, by_algebra, impacts, measured
from amlsec.impact.units import Units
from dense_cases import GROUPS, check_evidence, check_removal, dense, normal, taking_back
from exactness import agrees, check_exact, has_algebra, left_out, refitted

KINDS = [GaussianNB(), GaussianNB(priors=[0.2, 0.8]), GaussianNB(var_smoothing=0.3), GaussianNB(var_smoothing=0.0)]
ALL = Units.of([[k] for k in range(40)] + list(GROUPS))
WEIGHTS = st.sampled_from([0.0, 0.5, 1.0, 2.0])


def varied(base: Batch) -> Batch:
    """With rows by which no class is without variance in all columns, and the smoothing is above 0."""
    return Batch(np.concatenate([base.X, [[9.0, 0, 0], [9, 1, 0]]]), np.append(base.y, [0, 1]))


def weighed(rows: Batch, weight: list[float]) -> Labelled:
    """With weights, 1 for the first four rows, which are of both classes."""
    return Labelled(rows.X, rows.y, np.array(([1.0] * 4 + weight)[: len(rows.y)]))


def model_of(estimator: Any, question: Question) -> Any:
    model = by_algebra(estimator, question)
    assert model is not None
    return model


def check(estimator: Any, question: Question, truth: dict[str, np.ndarray], units: Units) -> Impacts:
    """Counts are equal; margins but for the share of evidence of 1e9 and more that rounding takes in any training."""
    found = measured(estimator, question, units)
    agrees(found, truth, 1e-9 + 20 * model_of(estimator, question).rounding.max())
    return found


def check_added(estimator: Any, base: Any, offered: Any, quiz: Any, units: Units) -> Impacts:
    question = Question(*(Labelled(rows.X, rows.y, getattr(rows, "weight", None)) for rows in (base, offered, quiz)))
    return check(estimator, question, refitted(estimator, base, offered, quiz, units), units)


@pytest.mark.parametrize("estimator", KINDS[:3], ids=str)
@settings(deadline=None, max_examples=25)
@given(base=dense(5), offered=dense(3), quiz=dense(2), cut=st.integers(0, 3))
def test_any_rows_and_groups_as_training_again(estimator: Any, base: Batch, offered: Batch, quiz: Batch, cut: int) -> None:
    """Constant and equal columns and duplicated rows, too: then evidence is as large as the smoothing is small."""
    units = Units.of([*np.arange(len(offered.y))[:, None], np.arange(len(offered.y)), [], np.arange(cut)])
    check_added(estimator, varied(base), offered, quiz, units)


@settings(deadline=None, max_examples=25)
@given(
    base=dense(5),
    offered=dense(3),
    quiz=dense(2),
    weight=st.lists(WEIGHTS, min_size=14),
    more=st.lists(WEIGHTS, min_size=14),
)
def test_any_weights(base: Batch, offered: Batch, quiz: Batch, weight: list[float], more: list[float]) -> None:
    """The smoothing is that of rows without weights: even a row of weight 0 moves it."""
    heavy = Labelled(offered.X, offered.y, np.array(more[: len(offered.y)]))
    units = Units.of([*np.arange(len(offered.y))[:, None], np.arange(len(offered.y)), []])
    check_added(GaussianNB(var_smoothing=0.01), weighed(varied(base), weight), heavy, quiz, units)


@settings(deadline=None, max_examples=25)
@given(base=dense(7), quiz=dense(2), weight=st.lists(WEIGHTS, min_size=14))
def test_any_rows_taken_back(base: Batch, quiz: Batch, weight: list[float]) -> None:
    rows, estimator = weighed(varied(base), weight), GaussianNB(var_smoothing=0.01)
    taken = np.arange(4, len(rows.y) - 2)
    units = Units.of([*taken[:, None], [], taken])
    question = taking_back(rows, Labelled(quiz.X, quiz.y))
    check(estimator, question, left_out(estimator, rows, quiz, units), units)


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_rows_and_groups_train_nothing(estimator: Any, weights: bool) -> None:
    base, offered, quiz = normal(60, 0, weights=weights), normal(40, 1, weights=weights), normal(90, 2)
    offered.X[:5] = base.X[:5]
    assert not check_exact(estimator, base, offered, quiz, ALL).trained.any()
    check_evidence(estimator, Question(base, offered, quiz), ALL)


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("estimator", KINDS, ids=str)
def test_rows_taken_back_as_training_without_them(estimator: Any, weights: bool) -> None:
    base, quiz = normal(70, 0, weights=weights), normal(90, 2)
    assert not check_removal(estimator, base, quiz, ALL).trained.any()


def test_the_smoothing_follows_another_column_and_far_beyond_interpolation() -> None:
    """Each row makes another column the one of the largest variance, up to a million times as large."""
    base, offered, quiz = normal(60, 0), normal(24, 1), normal(90, 2)
    for k in range(24):
        offered.X[k, k % 6] += 10.0 ** (k / 6)
    estimator = GaussianNB(var_smoothing=0.05)
    assert not check_exact(estimator, base, offered, quiz).trained.any()
    growth = model_of(estimator, Question(base, offered, quiz)).spread.growth
    sums = moments.summed(offered.X, Units.single(24), np.zeros(6), np.ones(24))
    truth = [np.var(np.vstack([base.X, row]), axis=0).max() / np.var(base.X, axis=0).max() for row in offered.X]
    np.testing.assert_allclose(growth([(np.zeros(6), sums)])[:, 0], truth, rtol=1e-12)
    assert max(truth) > 1e5


def test_columns_far_from_zero_and_of_any_scale() -> None:
    base, offered, quiz = (normal(n, seed) for n, seed in ((60, 0), (40, 1), (90, 2)))
    for rows in (base, offered, quiz):
        rows.X[:, 0] += 1e4
        rows.X[:, 1] *= 1e6
        rows.X[:, 2] *= 1e-4
    assert not check_exact(GaussianNB(var_smoothing=1e-18), base, offered, quiz, ALL).trained.any()
    assert not check_exact(GaussianNB(), base, offered, quiz, ALL).trained.any()


def test_words_that_a_class_lacks() -> None:
    """Such a column has the smoothing for its variance: the first row with the word changes evidence of 1e8."""
    rng = np.random.default_rng(0)
    base, offered, quiz = (Labelled(rng.poisson(0.15, (n, 30)) * 1.0, np.arange(n) % 2) for n in (60, 200, 100))
    base.X[::2, :4] = 0.0
    base.X[1::2, 4:8] = 0.0
    assert check_added(GaussianNB(), base, offered, quiz, Units.single(200)).trained.mean() < 0.05


def tied(estimator: Any, base: Labelled, unit: Labelled | None) -> np.ndarray:
    """A row between two others whose evidence is 0 to rounding, for the model of the base and the unit."""
    X, y = (base.X, base.y) if unit is None else (np.vstack([base.X, unit.X]), np.append(base.y, unit.y))
    trained, verdicts = estimator.fit(X, y), estimator.predict(base.X)
    low, high = (base.X[verdicts == c][0] for c in (0, 1))
    for _ in range(80):
        middle = (low + high) / 2
        malicious = trained.predict([middle])[0] == 1
        low, high = (low, middle) if malicious else (middle, high)
    return np.asarray(middle)


def test_a_row_near_to_a_tie_is_judged_by_a_real_training() -> None:
    base, offered, quiz = normal(60, 0), normal(12, 1), normal(30, 2)
    quiz.X[3] = tied(GaussianNB(), base, Labelled(offered.X[5:6], offered.y[5:6]))
    measured = check_exact(GaussianNB(), base, offered, quiz)
    assert measured.trained.tolist() == [k == 5 for k in range(12)]


def test_a_row_near_to_a_tie_in_the_base_has_the_verdict_of_a_real_training() -> None:
    base, offered, quiz = normal(60, 0), normal(40, 1), normal(30, 2)
    quiz.X[3] = tied(GaussianNB(), base, None)
    question = Question(base, offered, quiz)
    model = model_of(GaussianNB(), question)
    assert abs(model.before[3]) < 1e-9
    assert model.judged.tolist() == (GaussianNB().fit(base.X, base.y).predict(quiz.X) == 1).tolist()
    assert not check_exact(GaussianNB(), base, offered, quiz).trained.all()


def test_a_class_emptied_or_a_variance_that_all_but_vanishes_is_left_to_training() -> None:
    base, quiz = normal(40, 0), normal(60, 2)
    base.X[:, 0] = 0.0
    base.X[7, 0] = 1.0
    units = Units.of([[7], [8], np.flatnonzero(base.y == 0), np.arange(36)])
    model = model_of(GaussianNB(), taking_back(base, quiz))
    assert model.after(units).open.tolist() == [True, False, True, True]
    assert model.tally(units).open.tolist() == [True, False, True, True]
    assert model.margins(units)[1].tolist() == [True, False, True, True]


def test_rows_beyond_all_numbers_are_trained_for_real() -> None:
    base, offered, quiz = normal(40, 0), normal(4, 1), normal(60, 2)
    offered.X[1, 2], offered.X[2, 2] = 1e160, 1e9
    model = model_of(GaussianNB(), Question(base, offered, quiz))
    assert model.tally(Units.single(4)).open.tolist() == [False, True, False, False]


def test_a_group_that_outweighs_the_base() -> None:
    base, offered, quiz = normal(40, 0), normal(9000, 1), normal(60, 2)
    units = Units.of([np.arange(3000), np.arange(9000), np.arange(0, 9000, 2)])
    found = check_exact(GaussianNB(), base, offered, quiz, units)
    assert found.trained.tolist() == [False, False, False]
    assert model_of(GaussianNB(), Question(base, normal(20_000, 1), quiz)).after(Units.of([np.arange(20_000)])).open[0]


def test_sums_of_units_longer_than_what_is_worked_on_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, units = normal(50, 1, weights=True), Units.of([np.arange(40), [3], [], np.arange(7, 50)])
    monkeypatch.setattr(moments, "_CELLS", 6 * 9)
    centre = np.arange(6.0)
    sums = moments.summed(rows.X, units, centre, rows.weights)
    for k, unit in enumerate(units):
        less, weight = rows.X[unit] - centre, rows.weights[unit]
        np.testing.assert_allclose(sums.weight[k, 0], weight.sum())
        np.testing.assert_allclose(sums.first[k], weight @ less, atol=1e-12)
        np.testing.assert_allclose(sums.second[k], weight @ less**2, atol=1e-12)


def test_how_far_means_and_variances_move() -> None:
    base, offered, quiz = normal(60, 0), normal(6, 1), normal(30, 2)
    estimator = GaussianNB(var_smoothing=0.1)
    before, shifts = estimator.fit(base.X, base.y), []
    theta, var = before.theta_.copy(), before.var_.copy()
    for k in range(6):
        after = GaussianNB(var_smoothing=0.1).fit(np.vstack([base.X, offered.X[k]]), np.append(base.y, offered.y[k]))
        c = offered.y[k]
        shifts.append(np.hypot(np.linalg.norm(after.theta_[c] - theta[c]), np.linalg.norm(after.var_[c] - var[c])))
    found = model_of(estimator, Question(base, offered, quiz)).shifts(Units.single(6))
    np.testing.assert_allclose(found, shifts, rtol=1e-9)


def test_whole_numbers_and_priors_of_any_kind() -> None:
    base, offered, quiz = (
        Labelled(np.rint(3 * rows.X).astype(int), rows.y) for rows in (normal(60, 0), normal(40, 1), normal(90, 2))
    )
    assert not check_exact(GaussianNB(priors=np.array([0.3, 0.7])), base, offered, quiz, ALL).trained.any()


@pytest.mark.parametrize("priors", [[0.0, 1.0], [1.0, 1.0], [0.2, 0.3, 0.5]], ids=str)
def test_priors_of_0_or_that_are_none_are_left_to_training(priors: list[float]) -> None:
    rows = normal(40, 0)
    assert not has_algebra(GaussianNB(priors=priors), rows, rows, rows)


def test_what_is_rounding_to_scikit_learn_is_left_to_training() -> None:
    rows = normal(40, 0)
    single = Labelled(rows.X.astype(np.float32), rows.y)
    far = Labelled(rows.X + 1e9, rows.y)
    flat = Labelled(np.where(np.arange(6) == 2, 0.1, rows.X), rows.y)
    empty, same = Labelled(np.where(np.arange(6) == 2, 0.0, rows.X), rows.y), Labelled(np.ones((40, 6)), rows.y)
    weightless = Labelled(rows.X, rows.y, np.where(rows.y == 1, 0.0, 1.0))
    for smoothed in (single, far, same, weightless):
        assert not has_algebra(KINDS[0], smoothed, smoothed, rows)
    for plain in (flat, empty):
        assert not has_algebra(KINDS[3], plain, plain, rows)
        assert has_algebra(KINDS[0], plain, plain, rows)


def test_most_quiz_rows_are_never_looked_at() -> None:
    base, offered, quiz = normal(1000, 0), normal(300, 1), normal(500, 2)
    model = model_of(GaussianNB(), Question(base, offered, quiz))
    looked = 0
    for kind, _, changes in model._changed(Units.single(300)):
        boxes = model._screen(kind)
        looked += (boxes.screened(changes)[0] @ np.array([len(part.malicious) for part in boxes.segments])).sum()
    assert looked / 300 < 50
    assert not check_exact(GaussianNB(), base, offered, quiz).trained.any()


def test_batches_and_no_rows_at_all() -> None:
    base, offered, quiz = (Batch(rows.X, rows.y) for rows in (normal(60, 0), normal(40, 1), normal(90, 2)))
    found = impacts(GaussianNB(), base, offered, quiz, units=Units.of([[], [3]]))
    assert found.net[0].tolist() == [0, 0]
    assert np.abs(found.margin[0]).max() < 1e-14
    assert (found.margin[1] != 0).all()
