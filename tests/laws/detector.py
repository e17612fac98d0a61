"""Laws of outlier detectors."""

from typing import Any

import numpy as np
from sklearn.base import clone, is_outlier_detector

from amlsec.catalogue import Card
from amlsec.data import BENIGN, Batch
from laws.toys import World, frozen, global_state, same, worlds


def _built(card: Card, world: World) -> Any:
    return card.build({"space": world.space, "random_state": 0})


def _normal(world: World, seed: int = 11) -> Batch:
    return frozen(world.rows(400, seed).labelled(BENIGN))


def _fitted(card: Card, world: World) -> Any:
    return _built(card, world).fit(_normal(world).X)


def check_needs_no_argument(card: Card) -> None:
    for world in worlds(card):
        model = card.run()
        assert model.fit(_normal(world).X) is model
        assert is_outlier_detector(model)


def check_is_cloned_with_its_settings(card: Card) -> None:
    model = _built(card, worlds(card)[0])
    assert str(clone(model).get_params()) == str(model.get_params())


def check_fitting_changes_no_setting(card: Card) -> None:
    for world in worlds(card):
        model = _built(card, world)
        before = str(model.get_params())
        model.fit(_normal(world).X)
        assert str(model.get_params()) == before


def check_says_alarm_or_not(card: Card) -> None:
    for world in worlds(card):
        X = world.rows(60, 12).X
        said = _fitted(card, world).predict(X)
        assert said.shape == (60,)
        assert set(said.tolist()) <= {-1, 1}


def check_alarms_where_its_decision_is_below_0(card: Card) -> None:
    for world in worlds(card):
        X, model = world.rows(60, 12).X, _fitted(card, world)
        assert same(model.predict(X) == -1, np.asarray(model.decision_function(X) < 0))


def check_tells_far_rows_from_normal_ones(card: Card) -> None:
    for world in worlds(card):
        test = world.rows(200, 12)
        alarm = _fitted(card, world).predict(test.X) == -1
        assert alarm[test.y == BENIGN].mean() <= 0.2
        assert alarm[test.y != BENIGN].mean() >= 0.8


def check_labels_play_no_role(card: Card) -> None:
    for world in worlds(card):
        rows = _normal(world)
        told = _built(card, world).fit(rows.X, np.arange(len(rows)) % 2)
        assert same(told.decision_function(rows.X), _fitted(card, world).decision_function(rows.X))


def check_same_seed_same_model(card: Card) -> None:
    for world in worlds(card):
        X = world.rows(60, 12).X
        assert same(_fitted(card, world).decision_function(X), _fitted(card, world).decision_function(X))


def check_forgets_what_it_learned_before(card: Card) -> None:
    for world in worlds(card):
        X, rows = world.rows(60, 12).X, _normal(world)
        used = _built(card, world).fit(_normal(world, 13).X * 2).fit(rows.X)
        assert same(used.decision_function(X), _fitted(card, world).decision_function(X))


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        rows = _normal(world)
        before = rows.X.copy()
        _built(card, world).fit(rows.X).predict(rows.X)
        assert same(before, rows.X)


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _fitted(card, world)
    assert global_state() == before
