"""Laws of guards."""

from typing import Any

from sklearn.base import clone

from amlsec.catalogue import Card
from amlsec.data import BENIGN, MALICIOUS, Batch
from laws.toys import World, frozen, global_state, same, worlds


def _built(card: Card, world: World) -> Any:
    return card.build({"estimator": world.learner(), "space": world.space, "random_state": 0})


def _rows(world: World) -> tuple[Batch, Batch]:
    return frozen(world.rows(160, 21)), frozen(world.rows(60, 22))


def _fitted(card: Card, world: World) -> Any:
    train, _ = _rows(world)
    return _built(card, world).fit(train.X, train.y)


def check_needs_no_argument(card: Card) -> None:
    for world in worlds(card):
        train, test = _rows(world)
        guard = card.run()
        assert guard.fit(train.X, train.y) is guard
        assert guard.decide(test.X).shape == test.y.shape


def check_is_cloned_with_its_settings(card: Card) -> None:
    guard = _built(card, worlds(card)[0])
    assert str(clone(guard).get_params()) == str(guard.get_params())


def check_allows_denies_or_escalates(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        decisions = _fitted(card, world).decide(test.X)
        assert decisions.shape == test.y.shape
        assert set(decisions.tolist()) <= {0, 1, 2}


def check_takes_a_client(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        assert _fitted(card, world).decide(test.X, "alice").shape == test.y.shape


def check_works_on_none_and_one_row(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        guard = _fitted(card, world)
        assert guard.decide(test.X[:1]).shape == (1,)
        assert guard.decide(test.X[:0]).shape == (0,)


def check_mostly_allows_benign_and_stops_malicious_rows(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        guard = _fitted(card, world)
        assert (guard.decide(test.labelled(BENIGN).X) == 0).mean() >= 0.8
        assert (guard.decide(test.labelled(MALICIOUS).X) != 0).mean() >= 0.8


def check_shows_what_it_guards(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        assert set(_fitted(card, world).estimator_.predict(test.X).tolist()) <= {0, 1}


def check_same_seed_same_decisions(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        assert same(_fitted(card, world).decide(test.X), _fitted(card, world).decide(test.X))


def check_forgets_what_it_learned_before(card: Card) -> None:
    for world in worlds(card):
        train, test = _rows(world)
        used = _built(card, world).fit(train.X, 1 - train.y).fit(train.X, train.y)
        assert same(used.decide(test.X), _fitted(card, world).decide(test.X))


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        train, test = _rows(world)
        before = train.X.copy(), train.y.copy(), test.X.copy()
        _fitted(card, world).decide(test.X)
        assert all(same(a, b) for a, b in zip(before, (train.X, train.y, test.X), strict=True))


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _fitted(card, world).decide(_rows(world)[1].X)
    assert global_state() == before
