import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from amlsec.catalogue import named
from amlsec.data import split
from amlsec.defenses.guards.labels_only import LabelsOnly
from amlsec.evaluation.guarded import GuardedModel
from amlsec.oracle import Oracle
from amlsec.threat import Access
from search_ground import TEST, TRAIN, copied_by, fitted


@pytest.mark.parametrize(
    "estimator",
    [LogisticRegression(), GaussianNB(), DecisionTreeClassifier(max_depth=3, random_state=0), LinearSVC(random_state=0)],
)
def test_a_score_says_what_the_verdict_does(estimator):
    model = GuardedModel(LabelsOnly(estimator=estimator).fit(TRAIN.X, TRAIN.y))
    assert model.scores(TEST.X).tolist() == model.labels(TEST.X).tolist()
    assert len(np.unique(model.scores(TEST.X))) == 2


def test_another_limit_than_the_usual_is_read_from_the_training_rows():
    estimator = FixedThresholdClassifier(LogisticRegression(), threshold=0.2, response_method="predict_proba")
    guard = LabelsOnly(estimator=estimator).fit(TRAIN.X, TRAIN.y)
    model = GuardedModel(guard)
    assert guard.limit_ == pytest.approx(0.2, abs=0.02)
    assert (model.scores(TEST.X) == model.labels(TEST.X)).mean() > 0.99
    assert (model.scores(TRAIN.X) == model.labels(TRAIN.X)).all()


def test_the_price_is_the_area_above_one_corner():
    guard = fitted(LabelsOnly())
    learned, held = split(TRAIN, (0.8, 0.2), np.random.default_rng(0))
    copy = LogisticRegression().fit(learned.X, learned.y)
    labels, scores = copy.predict(held.X), copy.predict_proba(held.X)[:, 1]
    area = roc_auc_score(held.y, scores) - balanced_accuracy_score(held.y, labels)
    brier = (labels != held.y).mean() - brier_score_loss(held.y, scores)
    assert (guard.area_lost_, guard.brier_added_) == pytest.approx((area, brier))
    assert guard.area_lost_ > 0.005


def test_who_holds_a_copy_sees_through_it():
    guard = fitted(LabelsOnly())
    model = GuardedModel(guard)
    copy = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0).parameters()
    assert copy.scores(TEST.X).tolist() == guard.estimator_.predict_proba(TEST.X)[:, 1].tolist()


def test_where_nothing_or_everything_is_stopped_there_is_a_limit():
    for stops in (0, 1):
        y = np.full(len(TRAIN.y), 1 - stops)
        y[:: len(y) // 10] = stops
        guard = LabelsOnly(estimator=DecisionTreeClassifier(max_depth=1, random_state=0)).fit(TRAIN.X, y)
        assert set(guard.shown(np.linspace(0, 1, 5)).tolist()) <= {0.0, 1.0}


def test_verdicts_alone_copy_a_model_and_its_scores_no_more():
    assert named("labels-only").broken_by == ("active-substitute", "boundary-points", "label-only")
    model = GuardedModel(fitted(LabelsOnly()))
    for attack in ("active-substitute", "boundary-points"):
        assert copied_by(attack, model)[2] > 0.99
    copy, _, _ = copied_by("equation-solving", model)
    assert np.abs(copy.scores(TEST.X) - model.bare(TEST.X)).max() > 0.1
