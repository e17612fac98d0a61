"""Laws of guards."""

import pickle
from typing import Any

import numpy as np
from sklearn.base import clone

from amlsec.catalogue import Card
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.defenses.memory import LastClients
from laws.toys import World, frozen, global_state, once, same, worlds


def _built(card: Card, world: World) -> Any:
    return card.build({"estimator": world.learner(), "space": world.space, "random_state": 0})


def _rows(world: World) -> tuple[Batch, Batch]:
    return frozen(world.rows(160, 21)), frozen(world.rows(60, 22))


_CLIENTS = ("ann", "bob", "cid")


def _senders(rows: int) -> Any:
    """Three clients in turn."""
    return texts([_CLIENTS[i % 3] for i in range(rows)])


def _streamed(guard: Any, world: World) -> Any:
    """Decisions on 400 rows, each sent twice, in four calls by three clients."""
    X = world.rows(400, 23).X.repeat(2, axis=0)
    return np.concatenate([guard.decide(part, _senders(len(part))) for part in np.split(X, 4)])


def _fitted_anew(card: Card, world: World) -> Any:
    train, _ = _rows(world)
    return _built(card, world).fit(train.X, train.y)


def _fitted(card: Card, world: World) -> Any:
    """Fitted once for all laws, and asked nothing yet."""
    return once(card, world, _fitted_anew)


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


def check_takes_a_client_for_each_row(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        one_by_one = _fitted(card, world)
        decided = [one_by_one.decide(test.X[i : i + 1], _CLIENTS[i % 3])[0] for i in range(len(test))]
        assert _fitted(card, world).decide(test.X, _senders(len(test))).tolist() == decided


def check_same_seed_and_order_same_decisions_on_a_stream(card: Card) -> None:
    for world in worlds(card):
        assert same(_streamed(_fitted(card, world), world), _streamed(_fitted_anew(card, world), world))


def check_a_session_is_met_by_strangers_and_leaves_no_trace(card: Card) -> None:
    for world in worlds(card):
        guard = _fitted(card, world)
        if hasattr(guard, "session"):
            fresh = [_streamed(guard.session(), world) for _ in range(2)]
            assert same(*fresh)
            assert same(_streamed(guard, world), fresh[0])
            assert same(_streamed(guard.session(), world), fresh[0])


def check_no_client_pays_for_what_another_did(card: Card) -> None:
    """Where memory is kept by client; monitors of all traffic keep none."""
    for world in worlds(card):
        guard = _fitted(card, world)
        if isinstance(getattr(guard, "memory_", None), LastClients):
            _, test = _rows(world)
            alone, after = guard.session(), guard.session()
            after.decide(test.X[::-1].repeat(3, axis=0), "bob")
            assert same(alone.decide(test.X, "ann"), after.decide(test.X, "ann"))


def check_memory_stays_bounded(card: Card) -> None:
    """100,000 decisions for 10,000 clients: the second half adds next to nothing, and all of it is under 32 MB."""
    world = worlds(card)[0]
    guard, rng = _fitted(card, world), np.random.default_rng(0)
    held = []
    for part in range(10):
        X = world.rows(10_000, 300 + part).X
        guard.decide(X, texts([f"client {k}" for k in rng.integers(0, 10_000, len(X))]))
        held.append(len(pickle.dumps(guard)))
    assert held[-1] <= 1.05 * held[4] + 2**16
    assert held[-1] < 32 * 2**20


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


def check_what_it_shows_of_scores_keeps_their_order(card: Card) -> None:
    """And it is one finite number for each, the same at every call."""
    for world in worlds(card):
        guard = _fitted(card, world)
        if hasattr(guard, "shown"):
            scores = np.concatenate([np.linspace(0, 1, 300), [-1e6, -0.3, 0.5, 7.0, 1e6]])
            for some in (np.sort(scores), scores[:1], scores[:0]):
                some.setflags(write=False)
                shown = guard.shown(some)
                assert shown.shape == some.shape
                assert np.isfinite(shown).all()
                assert (np.diff(shown) >= 0).all()
                assert same(shown, guard.shown(some))


def check_grants_so_many_answers_as_it_says(card: Card) -> None:
    for world in worlds(card):
        guard = _fitted(card, world)
        if hasattr(guard, "granted"):
            _, test = _rows(world)
            good = test.X[guard.estimator_.predict(test.X) == 0][:1]
            asked = np.repeat(good, guard.granted + 1, axis=0)
            assert guard.decide(asked, "ann").tolist() == [0] * guard.granted + [1]
            assert guard.decide(good, "bob").tolist() == [0]


def check_same_seed_same_decisions(card: Card) -> None:
    for world in worlds(card):
        _, test = _rows(world)
        assert same(_fitted(card, world).decide(test.X), _fitted_anew(card, world).decide(test.X))


def check_forgets_what_it_learned_before(card: Card) -> None:
    for world in worlds(card):
        train, test = _rows(world)
        used = _built(card, world).fit(train.X, 1 - train.y).fit(train.X, train.y)
        assert same(used.decide(test.X), _fitted(card, world).decide(test.X))


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        train, test = _rows(world)
        before = train.X.copy(), train.y.copy(), test.X.copy()
        _built(card, world).fit(train.X, train.y).decide(test.X)
        assert all(same(a, b) for a, b in zip(before, (train.X, train.y, test.X), strict=True))


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _fitted_anew(card, world).decide(_rows(world)[1].X)
    assert global_state() == before
