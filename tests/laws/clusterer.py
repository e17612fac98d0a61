"""Laws of clusterers."""

from typing import Any

import numpy as np
from sklearn.base import clone, is_clusterer
from sklearn.metrics import adjusted_rand_score

from amlsec.catalogue import Card
from amlsec.data import Batch
from laws.toys import World, frozen, global_state, same, worlds


def _built(card: Card, world: World) -> Any:
    return card.build({"random_state": 0})


def _rows(world: World) -> Batch:
    return frozen(world.rows(120, 11))


def _clusters(card: Card, world: World) -> Any:
    return _built(card, world).fit_predict(_rows(world).X)


def check_needs_no_argument(card: Card) -> None:
    for world in worlds(card):
        model = card.run()
        assert model.fit(_rows(world).X) is model
        assert is_clusterer(model)


def check_is_cloned_with_its_settings(card: Card) -> None:
    model = _built(card, worlds(card)[0])
    assert str(clone(model).get_params()) == str(model.get_params())


def check_fitting_changes_no_setting(card: Card) -> None:
    for world in worlds(card):
        model = _built(card, world)
        before = str(model.get_params())
        model.fit(_rows(world).X)
        assert str(model.get_params()) == before


def check_gives_each_row_a_cluster_or_noise(card: Card) -> None:
    for world in worlds(card):
        said = _clusters(card, world)
        assert said.shape == (120,)
        assert said.min() >= -1
        model = _built(card, world).fit(_rows(world).X)
        assert same(np.asarray(model.labels_), np.asarray(said))


def check_finds_clusters_far_apart(card: Card) -> None:
    for world in worlds(card):
        assert adjusted_rand_score(_rows(world).y, _clusters(card, world)) >= 0.9


def check_same_seed_same_clusters(card: Card) -> None:
    for world in worlds(card):
        assert same(_clusters(card, world), _clusters(card, world))


def check_order_of_the_rows_makes_no_difference(card: Card) -> None:
    for world in worlds(card):
        rows, order = _rows(world), np.random.default_rng(1).permutation(120)
        turned = _built(card, world).fit_predict(rows.X[order])
        assert adjusted_rand_score(_clusters(card, world)[order], turned) >= 0.95


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        rows = _rows(world)
        before = rows.X.copy()
        _built(card, world).fit_predict(rows.X)
        assert same(before, rows.X)


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _clusters(card, world)
    assert global_state() == before
