"""Laws of learners."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from amlsec.catalogue import Card
from amlsec.data import Batch
from laws.toys import World, frozen, global_state, once, same, worlds


def _built(card: Card, world: World) -> Any:
    """With little privacy where that is a setting: on so few rows noise that keeps more leaves nothing to learn.

    Those that attack themselves ask a few questions each time: the laws do not say how well.
    """
    offers = {"estimator": world.learner(), "space": world.space, "random_state": 0, "partitions": 9, "epsilon": 20.0}
    return card.build({**offers, "queries": 20})


def _rows(world: World) -> tuple[Batch, Batch]:
    return frozen(world.rows(160, 11)), frozen(world.rows(60, 12))


def _fitted_anew(card: Card, world: World) -> Any:
    train, _ = _rows(world)
    return _built(card, world).fit(train.X, train.y)


class Watched(NamedTuple):
    """A fitted model, and what was seen before and after it was fitted: its settings, the global state, its rows."""

    model: Any
    settings: tuple[str, str]
    state: tuple[bytes, bytes]
    rows: tuple[Batch, Batch]


def _watch(card: Card, world: World) -> Watched:
    (train, _), model = _rows(world), _built(card, world)
    settings, state, rows = str(model.get_params()), global_state(), Batch(train.X.copy(), train.y.copy())
    model.fit(train.X, train.y)
    return Watched(model, (settings, str(model.get_params())), (state, global_state()), (rows, train))


def _watched(card: Card, world: World) -> Watched:
    """One fit for all laws that only look at it."""
    watched: Watched = once(card, world, _watch)
    return watched


def _fitted(card: Card, world: World) -> Any:
    return _watched(card, world).model


def check_needs_no_argument(card: Card) -> None:
    for world in worlds(card):
        _, few = _rows(world)
        model = card.run()
        assert model.fit(few.X, few.y) is model
        assert model.predict(few.X).shape == few.y.shape


def check_is_cloned_with_its_settings(card: Card) -> None:
    model = _built(card, worlds(card)[0])
    settings = model.get_params(deep=False)
    assert str(clone(model).get_params()) == str(model.get_params())
    assert str(card.run().set_params(**settings).get_params()) == str(model.get_params())


def check_fitting_changes_no_setting(card: Card) -> None:
    for world in worlds(card):
        before, after = _watched(card, world).settings
        assert before == after


def check_says_benign_or_malicious(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        said = _fitted(card, world).predict(test.X)
        assert said.shape == test.y.shape
        assert set(said.tolist()) <= {0, 1}


def check_says_it_of_one_row_and_of_equal_rows(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        model = _fitted(card, world)
        assert model.predict(test.X[:1]).shape == (1,)
        assert len(set(model.predict(test.X[[0, 0, 0]]).tolist())) == 1


def check_beats_the_majority_on_easy_rows(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        assert (_fitted(card, world).predict(test.X) == test.y).mean() >= 0.75


def check_same_seed_same_model(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        assert same(_fitted(card, world).predict(test.X), _fitted_anew(card, world).predict(test.X))


def check_forgets_what_it_learned_before(card: Card) -> None:
    for world in worlds(card):
        train, test = _rows(world)
        other = train.rows(slice(60))
        used = _built(card, world).fit(other.X, 1 - other.y).fit(train.X, train.y)
        assert same(used.predict(test.X), _fitted(card, world).predict(test.X))


def check_its_certificate_bears_removed_rows(card: Card) -> None:
    """Where it proves that r rows make no difference, r rows taken away at random make none."""
    if not hasattr(card.run, "certify"):
        return
    for world in worlds(card):
        train, test = _rows(world)
        model = _fitted(card, world)
        said, bound = model.predict(test.X), model.certify(test.X)
        assert bound.shape == test.y.shape
        assert (bound >= 0).all()
        for lost in (1, 2, 3):
            left = train.drop(np.random.default_rng(lost).choice(len(train), lost, replace=False))
            sure = bound >= lost
            assert same(_built(card, world).fit(left.X, left.y).predict(test.X)[sure], said[sure])


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        before, after = _watched(card, world).rows
        assert same(before.X, after.X)
        assert same(before.y, after.y)
        _, test = _rows(world)
        asked = test.X.copy()
        _fitted(card, world).predict(test.X)
        assert same(asked, test.X)


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    for world in worlds(card):
        before, after = _watched(card, world).state
        assert before == after
