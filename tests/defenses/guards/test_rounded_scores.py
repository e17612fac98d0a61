import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.svm import LinearSVC

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch, split
from amlsec.defenses.guards.labels_only import LabelsOnly
from amlsec.defenses.guards.rounded_scores import RoundedScores
from amlsec.errors import InvalidInput
from amlsec.evaluation.guarded import GuardedModel
from amlsec.frame import recognise
from amlsec.oracle import Classifier
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer
from search_ground import TEST, TRAIN, WIDTH, copied_by, fitted


@pytest.mark.parametrize("digits", [0, 1, 3])
def test_a_client_sees_so_many_digits_and_the_same_verdicts(digits):
    guard = fitted(RoundedScores(digits=digits))
    bare, seen = Classifier(guard.estimator_), GuardedModel(guard)
    assert seen.scores(TEST.X).tolist() == [round(score, digits) for score in bare.scores(TEST.X).tolist()]
    assert seen.labels(TEST.X).tolist() == bare.labels(TEST.X).tolist()


def test_the_price_is_that_on_rows_held_from_a_copy():
    guard = fitted(RoundedScores(digits=0))
    learned, held = split(TRAIN, (0.8, 0.2), np.random.default_rng(0))
    scores = LogisticRegression().fit(learned.X, learned.y).predict_proba(held.X)[:, 1]
    area = roc_auc_score(held.y, scores) - roc_auc_score(held.y, scores.round())
    brier = brier_score_loss(held.y, scores.round()) - brier_score_loss(held.y, scores)
    assert (guard.area_lost_, guard.brier_added_) == pytest.approx((area, brier))
    assert guard.area_lost_ > 0.01


def test_two_digits_cost_next_to_nothing_and_a_margin_is_no_probability():
    guard = fitted(RoundedScores())
    assert abs(guard.area_lost_) < 1e-3
    assert abs(guard.brier_added_) < 1e-4
    assert np.isnan(RoundedScores(estimator=LinearSVC(random_state=0)).fit(TRAIN.X, TRAIN.y).brier_added_)


def equations(model, rows):
    """Weights and intercept of a logistic model, by least squares on its answers that are neither 0 nor 1."""
    scores = model.scores(rows)
    told = (scores > 0) & (scores < 1)
    assert told.sum() > WIDTH
    return np.linalg.lstsq(np.column_stack([rows, np.ones(len(rows))])[told], logit(scores[told]), rcond=None)[0]


def test_equations_are_no_longer_exact_and_more_of_them_make_up_for_it():
    guard = fitted(RoundedScores())
    truth = np.append(guard.estimator_.coef_[0], guard.estimator_.intercept_)
    near = np.random.default_rng(0).normal(0, 0.2, (20_000, WIDTH)) + TRAIN.X.mean(axis=0)
    bare, seen = Classifier(guard.estimator_), GuardedModel(guard)
    errors = [
        np.abs(equations(model, near[:many]) - truth).max() for model, many in ((bare, 60), (seen, 60), (seen, 20_000))
    ]
    assert errors[0] < 1e-9
    assert errors[1] > 1e-3
    assert errors[2] < errors[1] / 5


def test_bad_digits_are_named():
    with pytest.raises(InvalidInput, match="digits is -1"):
        fitted(RoundedScores(digits=-1))


def test_rounding_is_of_what_is_shown_and_not_of_what_is_decided():
    """A row just above the boundary is denied, though its score is shown as that of one on it."""
    guard = fitted(RoundedScores(digits=1))
    weights, bias = guard.estimator_.coef_[0], guard.estimator_.intercept_[0]
    row = (weights * (1e-3 - bias) / (weights @ weights))[None]
    assert guard.decide(row).tolist() == [1]
    assert GuardedModel(guard).scores(row).tolist() == [0.5]
    assert expit(1e-3) > 0.5


def test_it_costs_who_copies_it_more_questions_and_no_more():
    """Alone he has the scores to the last digit from few; behind it to a few thousandths from many."""
    assert named("rounded-scores").broken_by == ("equation-solving", "lira")
    model = GuardedModel(fitted(RoundedScores()))
    exact, few, _ = copied_by("equation-solving", Classifier(model.guard.estimator_))
    rough, many, agree = copied_by("equation-solving", model)
    errors = [np.abs(copy.scores(TEST.X) - model.bare(TEST.X)).max() for copy in (exact, rough)]
    assert errors[0] < 1e-9
    assert errors[0] < errors[1] < 0.01
    assert few < 60 < many
    assert agree > 0.99


def test_who_was_trained_on_shows_in_the_digits_that_are_left():
    """A ridge on more columns than rows: LiRA tells members from others about as well behind it, and not behind verdicts."""
    rng = np.random.default_rng(0)
    every = Batch(rng.normal(size=(1800, 150)), rng.integers(0, 2, 1800))
    members, own = every.rows(slice(150)), every.rows(slice(1500, 1800))
    shadow = Shadow(own, infer(own.X, [str(k) for k in range(150)]), RidgeClassifier())
    areas = []
    for guard in (RoundedScores(digits=9), RoundedScores(), LabelsOnly()):
        model = GuardedModel(guard.set_params(estimator=RidgeClassifier()).fit(members.X, members.y))
        asked, budget = every.rows(slice(1500)), QueryBudget(1)
        guesses = recognise(named("lira"), model, asked, shadow=shadow, budget=budget, rng=np.random.default_rng(0))
        areas.append(roc_auc_score(np.arange(1500) < 150, guesses))
    assert areas[0] > 0.85
    assert areas[1] > areas[0] - 0.02
    assert areas[2] < areas[0] - 0.1
