import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, texts
from amlsec.defenses.guards.canary_models import CanaryModels, _bred
from amlsec.errors import InvalidInput
from amlsec.evaluation.guarded import GuardedModel
from amlsec.frame import evade
from amlsec.oracle import Classifier
from search_ground import SPACE, TEST, attacked, fitted, share_won


def seen_by(canary):
    return canary.steps[0][1].transformers_[0][2].tolist()


def test_canaries_see_disjoint_columns_and_all_of_them_together():
    canaries = _bred(TEST, 4, 0)
    columns = [seen_by(canary) for canary in canaries]
    assert sorted(np.concatenate(columns)) == list(range(TEST.X.shape[1]))
    assert [len(each) for each in columns] == [8, 8, 7, 7]


def test_no_canary_is_without_a_column():
    assert len(_bred(TEST.rows(np.arange(100)), 50, 0)) == TEST.X.shape[1]


def test_a_column_that_a_canary_does_not_see_makes_no_difference_to_it():
    canary, *_ = _bred(TEST, 3, 0)
    blind = np.setdiff1d(np.arange(TEST.X.shape[1]), seen_by(canary))
    changed = TEST.X.copy()
    changed[:, blind] = 99.0
    np.testing.assert_array_equal(canary.predict_proba(changed), canary.predict_proba(TEST.X))


def test_a_suspect_is_a_row_whose_mean_score_is_above_the_limit():
    guard = fitted(CanaryModels(canaries=3))
    mean = np.mean([canary.predict_proba(TEST.X)[:, 1] for canary in guard.canaries_], axis=0)
    alone = guard.estimator_.predict(TEST.X)
    assert guard.decide(TEST.X).tolist() == np.where(alone == 1, 1, np.where(mean > guard.limit_, 2, 0)).tolist()


def test_good_rows_are_escalated_about_as_often_as_is_asked_for():
    guard, good = fitted(CanaryModels(escalated=0.1)), TEST.labelled(BENIGN).X
    songs = np.mean([canary.predict_proba(good)[:, 1] for canary in guard.canaries_], axis=0)
    assert (songs > guard.limit_).mean() == pytest.approx(0.1, abs=0.06)


def test_canaries_of_texts_read_disjoint_mails():
    mails = [*(f"agenda meeting a{i}" for i in range(100)), *(f"cheap pills b{i}" for i in range(100))]
    guard = CanaryModels(canaries=4).fit(texts(mails), np.repeat([0, 1], 100))
    read = [set(canary.steps[0][1].vocabulary_) & {f"a{i}" for i in range(100)} for canary in guard.canaries_]
    assert sum(map(len, read)) == 100
    assert set.union(*read) == {f"a{i}" for i in range(100)}


def test_stops_what_was_tuned_to_the_classifier_and_not_a_search_against_both():
    assert named("canary-models").broken_by == ("label-search",)
    guard = fitted(CanaryModels())
    X, model = attacked(guard), GuardedModel(guard)
    budget, rng = EvasionBudget(8.0, 300), np.random.default_rng(0)
    tuned = evade(named("score-search"), Classifier(guard.estimator_), X, space=SPACE, budget=budget, rng=rng)
    assert (tuned.verdicts == 0).mean() >= 0.9
    assert (model.labels(tuned.X) == 0).mean() <= 0.5
    assert share_won("label-search", model, X, cost=8.0, queries=300) >= 0.8


@pytest.mark.parametrize("wrong", [{"canaries": 1}, {"escalated": 1.0}])
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput, match=f"{next(iter(wrong))} is"):
        CanaryModels(estimator=LogisticRegression(), **wrong).fit(TEST.X, TEST.y)
