"""Guards that remember, in games: no game leaves a trace in another."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.defenses.guards.client_budget import ClientBudget
from amlsec.defenses.guards.labels_only import LabelsOnly
from amlsec.defenses.guards.rounded_scores import RoundedScores
from amlsec.defenses.guards.stateful_queries import StatefulQueries
from amlsec.evaluation.games import clean_game, evasion_game
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.guarded import GuardedModel, LayeredModel
from amlsec.evaluation.play import Play
from amlsec.layered.layered import Layered
from amlsec.oracle import Oracle
from amlsec.sessions import copied
from amlsec.threat import Access
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import inside
from search_ground import SPACE, TEST, TRAIN

GUARD = named("stateful-queries")


@pytest.fixture(scope="module")
def ground():
    parts = np.split(np.arange(len(TEST)), [200, 300])
    trusted, shadow, test = (TEST.rows(part) for part in parts)
    return Ground(TRAIN, trusted, shadow, test, test, SPACE, {"estimator": LogisticRegression(), "random_state": 0})


def game(ground):
    play = Play(ground, named("random-noise"), GUARD, EvasionBudget(3.0, 60), np.random.default_rng(0))
    return evasion_game(play)


def test_games_give_the_same_in_any_order(ground):
    first, clean = game(ground), clean_game(ground, GUARD)
    assert clean_game(ground, GUARD) == clean
    assert game(ground) == first


def test_the_cached_model_has_met_nobody(ground):
    model = ground.clean_model(GUARD)
    before = [len(model.guard.memory_), model.labels(TEST.X).tolist()]
    game(ground)
    assert [len(model.guard.memory_), model.labels(TEST.X).tolist()] == before == [0, before[1]]


def guard():
    return StatefulQueries(estimator=LogisticRegression(), alike=1).fit(TRAIN.X, TRAIN.y)


def twice(model):
    """A row that passes, and its twin, asked about by one sender."""
    good = TEST.X[TEST.y == 0]
    row = good[model.scores(good).argmin()]
    return np.array([row, row + 1e-6]), np.array([0, 0])


def test_a_refusal_shows_the_strongest_score_and_a_stranger_sees_the_classifiers():
    model = GuardedModel(guard())
    X, same = twice(model)
    assert model.session().scores(X, same).tolist() == [model.scores(X)[0], 1.0]
    assert model.session().scores(X, np.array([0, 1])).tolist() == model.scores(X).tolist()
    assert model.session(accounts=2).scores(X, same).tolist() == model.scores(X).tolist()


def test_a_guard_that_remembers_nothing_shows_its_classifiers_scores():
    card = named("abstain")
    fitted = card.build({"estimator": LogisticRegression()}).fit(TRAIN.X, TRAIN.y)
    model = GuardedModel(fitted)
    assert not model.every_copy
    assert model.session().guard is fitted
    assert model.session().scores(TEST.X[:5], np.zeros(5, dtype=int)).tolist() == model.scores(TEST.X[:5]).tolist()


def test_guards_among_layers_remember_within_a_session_only():
    layered = Layered({"stateful-queries": StatefulQueries(alike=1)}, estimator=LogisticRegression()).fit(TRAIN.X, TRAIN.y)
    model = LayeredModel(layered)
    X, same = twice(model)
    assert model.session().labels(X, same).tolist() == [0, 1]
    assert model.session().labels(X, same).tolist() == [0, 1]
    assert model.session().labels(X, np.array([0, 1])).tolist() == [0, 0]


def test_no_sender_sees_in_a_score_what_another_asked():
    layered = Layered({"stateful-queries": StatefulQueries(alike=1)}, estimator=LogisticRegression()).fit(TRAIN.X, TRAIN.y)
    model = LayeredModel(layered)
    X, _ = twice(model)
    alone = [model.session().scores(row[None], np.array([0]))[0] for row in X]
    assert model.session().scores(X, np.array([0, 1])).tolist() == alone
    assert model.session().scores(X, np.array([0, 0]))[1] > alone[1]


def test_who_holds_a_copy_asks_it_as_often_as_he_likes_and_leaves_no_trace():
    """Rows so alike that one client would be denied the last of them: as many strangers are not, nor is anybody later."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 500)
    guard = StatefulQueries(estimator=LogisticRegression(), alike=2).fit(rng.normal(y[:, None], size=(500, 8)), y)
    model, alike = GuardedModel(guard), -1 - np.linspace(0, 1e-4, 9)[:, None] * np.ones(8)
    assert model.labels(alike).any()
    copy = Oracle(model, access=Access.PARAMETERS, rows=1, queries=0).parameters()
    met = model.session()
    assert not copy.labels(alike).any()
    assert not met.labels(alike[:2], np.zeros(2, dtype=int)).any()
    assert met.labels(alike, np.zeros(9, dtype=int)).any()
    assert not copy.labels(alike).any()
    assert copy.scores(alike) == pytest.approx(model.scores(alike))
    assert inside(copy, Linear).weights == pytest.approx(guard.estimator_.coef_[0])


def test_no_row_is_no_question():
    model = GuardedModel(guard())
    assert model.labels(TEST.X[:0]).shape == (0,)
    assert model.session().scores(TEST.X[:0], np.zeros(0, dtype=int)).shape == (0,)


def layers(rule, **guards):
    return LayeredModel(Layered(guards, rule=rule, estimator=LogisticRegression()).fit(TRAIN.X, TRAIN.y))


def test_what_is_shown_among_layers_is_what_all_of_them_show():
    bare = layers("a & b", a=StatefulQueries(), b=StatefulQueries())
    coarse = layers("a & b", a=RoundedScores(digits=1), b=StatefulQueries())
    binary = layers("a & b", a=RoundedScores(digits=1), b=LabelsOnly())
    many, some, two = (len(np.unique(model.scores(TEST.X))) for model in (bare, coarse, binary))
    assert many > 500
    assert 4 < some <= 22
    assert two <= 4
    order = np.argsort(bare.bare(TEST.X), kind="stable")
    assert (np.diff(coarse.scores(TEST.X)[order]) >= -1e-12).all()
    assert copied(binary).scores(TEST.X) == pytest.approx(bare.bare(TEST.X))
    assert (binary.labels(TEST.X) == bare.labels(TEST.X)).all()


@pytest.mark.parametrize(("rule", "granted"), [("a & b", 3), ("a | b", 7), ("a & c", 3), ("a | c", np.inf), ("c", np.inf)])
def test_layers_grant_what_the_strictest_does_and_alternatives_what_the_mildest_does(rule, granted):
    guards = {"a": ClientBudget(granted=3), "b": ClientBudget(granted=7), "c": StatefulQueries()}
    model = layers(rule, **{name: guards[name] for name in guards if name in rule})
    assert model.granted == granted
    of = np.zeros(9, dtype=int)
    good = np.repeat(TEST.X[model.bare(TEST.X).argmin()][None], 9, axis=0)
    assert model.session().labels(good, of).sum() == max(9 - granted, 0)


def test_a_guard_that_grants_so_many_answers_says_so():
    guarded = ClientBudget(estimator=LogisticRegression(), granted=4).fit(TRAIN.X, TRAIN.y)
    assert GuardedModel(guarded).granted == 4
    assert GuardedModel(guard()).granted == np.inf
    met = GuardedModel(guarded).session(accounts=2)
    assert met.labels(np.repeat(TEST.X[:1] * 0 - 1, 9, axis=0), np.zeros(9, dtype=int)).tolist() == [0] * 8 + [1]
