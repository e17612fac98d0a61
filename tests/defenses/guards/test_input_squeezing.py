import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, texts
from amlsec.defenses.decisions import ALLOW, ESCALATE
from amlsec.defenses.guards.input_squeezing import InputSqueezing
from amlsec.errors import InvalidInput
from amlsec.evaluation.guarded import GuardedModel
from amlsec.frame import evade
from amlsec.oracle import Classifier
from search_ground import SPACE, TEST, attacked, fitted


class Jump(DecisionTreeClassifier):
    """A step at 1 in the first column."""

    def predict_proba(self, X):
        stopped = np.asarray(X)[:, 0] > 1.0
        return np.column_stack([1 - stopped, stopped]).astype(float)

    def predict(self, X):
        return (np.asarray(X)[:, 0] > 1.0).astype(np.int64)


def grid_rows(n=400, seed=0):
    """A column about 0 with standard deviation 1 and jumps at 1; hardly a good row lies near the jump."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return np.where(y, 2.0, -0.5)[:, None] + rng.normal(0, 0.1, (n, 2)), y


def test_a_row_just_past_a_jump_is_told_by_its_rounded_copy():
    X, y = grid_rows()
    guard = InputSqueezing(estimator=Jump()).fit(X, y)
    center, step = X.mean(axis=0)[0], X.std(axis=0)[0] / 2
    rounded = center + np.round((1.0 - 1e-6 - center) / step) * step
    fine = center + np.round((1.0 - 1e-6 - center) / (step / 4)) * (step / 4)
    told = rounded > 1.0 or fine > 1.0
    assert guard.decide(np.array([[1.0 - 1e-6, 0.0]])).tolist() == [ESCALATE if told else ALLOW]
    assert guard.decide(np.array([[-0.5, 0.0]])).tolist() == [ALLOW]
    assert told


def test_differences_are_those_of_the_papers_formula():
    guard = fitted(InputSqueezing())
    X = TEST.X[:40]
    scores = guard.estimator_.predict_proba(X)[:, 1]
    by_hand = [
        max(abs(guard.estimator_.predict_proba(s(row[None]))[0, 1] - p) for s in guard.squeezers_)
        for row, p in zip(X, scores, strict=True)
    ]
    np.testing.assert_allclose(guard.differences(X), by_hand)


def test_good_rows_are_escalated_about_as_often_as_is_asked_for():
    good = TEST.labelled(BENIGN).X
    guard = fitted(InputSqueezing(escalated=0.1))
    assert (guard.differences(good) > guard.limit_).mean() == pytest.approx(0.1, abs=0.06)


def test_look_alikes_and_stuffing_are_told():
    y = np.repeat([0, 1], 200)
    mails = [*(f"agenda for meeting {i}" for i in range(200)), *(f"cheap pills offer {i}" for i in range(200))]
    guard = InputSqueezing().fit(texts(mails), y)
    asked = ["agenda for our meeting", "cheap pills" + 9 * " meeting agenda", "ch\u0435\u0430p p\u200dills \u043effer"]
    assert guard.decide(texts(asked)).tolist() == [ALLOW, ESCALATE, ESCALATE]


def test_stops_what_was_found_without_it_and_not_the_search_that_knows_it():
    assert named("input-squeezing").broken_by == ("squeeze-aware",)
    guard = fitted(InputSqueezing())
    alone, model, X = Classifier(guard.estimator_), GuardedModel(guard), attacked(guard)

    def after(attack, against):
        rng = np.random.default_rng(0)
        return evade(named(attack), against, X, space=SPACE, budget=EvasionBudget(8.0, 300), rng=rng)

    unaware = after("score-search", alone)
    assert (unaware.verdicts == 0).mean() >= 0.9
    assert (model.labels(unaware.X) == 0).mean() <= 0.5
    aware = after("squeeze-aware", model)
    assert (aware.verdicts == 0).mean() >= 0.9
    assert not aware.queries.any()


@pytest.mark.parametrize("wrong", [1.0, -0.1])
def test_bad_settings_are_named(wrong):
    with pytest.raises(InvalidInput, match="escalated is"):
        fitted(InputSqueezing(escalated=wrong))
