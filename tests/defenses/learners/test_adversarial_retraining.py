import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import texts
from amlsec.defenses.learners.adversarial_retraining import AdversarialRetraining
from amlsec.errors import InvalidInput
from amlsec.frame import evade
from amlsec.oracle import Classifier
from amlsec.space.tabular import Column, Kind, TabularSpace, infer


def rows(n=300, seed=0):
    """A wide gap in one column, and a narrow one that separates as well."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return np.column_stack([rng.normal(5.0 * y), 0.5 * y + rng.uniform(0, 0.2, n)]), y


X, Y = rows()
SPACE = TabularSpace([Column("wide", Kind.NUMERIC, -9, 15), Column("narrow", Kind.NUMERIC, 0, 1, scale=0.3)])


def test_the_attack_finds_less_on_rows_the_retrained_model_has_not_seen():
    space, base = infer(X, ["wide", "narrow"]), DecisionTreeClassifier(random_state=0)
    hardened = AdversarialRetraining(estimator=base, space=space, cost=1.0).fit(X, Y)
    unseen, budget = rows(seed=1)[0][1::2], EvasionBudget(1.0, 200)
    won = [
        1 - evade(named("score-search"), Classifier(model), unseen, space=space, budget=budget, rng=rng).verdicts.mean()
        for model, rng in ((base.fit(X, Y), np.random.default_rng(1)), (hardened, np.random.default_rng(1)))
    ]
    assert won[0] > 0.4
    assert won[1] < 0.1
    assert hardened.evaded_[-1] == 0
    assert hardened.score(*rows(seed=1)) > 0.95


def test_it_stops_where_nothing_is_found():
    model = AdversarialRetraining(estimator=LogisticRegression(), space=SPACE, cost=0.0).fit(X, Y)
    assert model.evaded_ == [0.0]
    assert len(model.evasions_) == 0
    known = LogisticRegression().fit(X, Y)
    assert (model.decision_function(X) == known.predict_proba(X)[:, 1]).all()


def test_evasions_are_trained_on_as_malicious_until_an_attack_of_ones_own_finds_none():
    """An attack that knows one trick: the narrow column at its benign value."""

    def trick(oracle, rows, *, space, budget, rng):
        changed = rows.copy()
        changed[:, 1] = 0.1
        return changed

    model = AdversarialRetraining(estimator=DecisionTreeClassifier(random_state=0), space=SPACE, attack=trick, cost=9.0).fit(
        X, Y
    )
    assert model.evaded_[0] > 0.5
    assert model.evaded_[-1] == 0
    assert len(model.evaded_) < model.rounds
    assert set(model.evasions_[:, 1].tolist()) == {0.1}


def test_texts_are_attacked_with_good_words():
    mails = texts(["buy pills now", "agenda for lunch", "cash prize now", "see you at lunch"] * 20)
    model = AdversarialRetraining(cost=3, queries=60, rounds=3).fit(mails, np.array([1, 0, 1, 0] * 20))
    assert model.evaded_[0] > model.evaded_[-1]
    assert any("lunch" in mail for mail in model.evasions_)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rounds": 0}, "rounds is 0"),
        ({"rows": 0}, "rows is 0"),
        ({"queries": -1}, "queries is -1"),
        ({"cost": -1}, "cost is -1"),
    ],
)
def test_bad_settings_are_named(options, said):
    with pytest.raises(InvalidInput, match=said):
        AdversarialRetraining(**options).fit(X, Y)
    with pytest.raises(InvalidInput, match="must hold the labels 0 and 1"):
        AdversarialRetraining().fit(X, Y + 1)
