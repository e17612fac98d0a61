"""Laws of evasion attacks."""

from typing import Any, NamedTuple

import numpy as np

from amlsec.budget import EvasionBudget
from amlsec.catalogue import Card
from amlsec.frame import evade, wanted
from laws.toys import SealedOracle, World, global_state, judge, once, same, worlds

USUAL = EvasionBudget(cost=3.0, queries=40)


def _attacked(card: Card, world: World, n: int = 4) -> Any:
    return world.rows(2 * n, 7).labelled(1 - wanted(card)).X


def _evade(card: Card, world: World, X: Any, budget: EvasionBudget = USUAL, seed: int = 0) -> Any:
    return evade(card, judge(card, world), X, space=world.space, budget=budget, rng=np.random.default_rng(seed))


class Watched(NamedTuple):
    """What was seen of an attack: its rows and the global state before and after, how often it asked by the book."""

    rows: tuple[Any, Any]
    state: tuple[bytes, bytes]
    honest: bool
    asked: str


def _watch(card: Card, world: World) -> Watched:
    X = _attacked(card, world)
    before, state = X.copy(), global_state()
    X.setflags(write=False)
    oracle = SealedOracle(card, world, len(X), USUAL.queries, wanted(card))
    card.run(oracle, X, space=world.space, budget=USUAL, rng=np.random.default_rng(0))
    asked = f"asked {oracle.judge.asked} times, {oracle.charged()} were counted"
    return Watched((before, X), (state, global_state()), oracle.honest, asked)


def _watched(card: Card) -> list[Watched]:
    """One run in each world for all laws that only look at it."""
    return [once(card, world, _watch) for world in worlds(card)]


def check_same_seed_same_rows(card: Card) -> None:
    for world in worlds(card):
        X = _attacked(card, world)
        assert same(_evade(card, world, X).X, _evade(card, world, X).X)


def check_cost_0_changes_nothing(card: Card) -> None:
    for world in worlds(card):
        X = _attacked(card, world)
        assert same(_evade(card, world, X, EvasionBudget(0, 40)).X, X)


def check_stays_within_its_cost(card: Card) -> None:
    for world in worlds(card):
        for cost in (0.5, 1.0, 6.0, np.inf):
            evaded = _evade(card, world, _attacked(card, world), EvasionBudget(cost, 40))
            assert (evaded.cost <= cost + 1e-6).all()


def check_stays_within_its_queries(card: Card) -> None:
    for world in worlds(card):
        for queries in (0, 1, 2, 15):
            evaded = _evade(card, world, _attacked(card, world), EvasionBudget(3.0, queries))
            assert (evaded.queries <= queries).all()


def check_leaves_its_input_alone(card: Card) -> None:
    for watched in _watched(card):
        before, after = watched.rows
        assert same(before, after)


def check_asks_through_the_oracle_only(card: Card) -> None:
    for watched in _watched(card):
        assert watched.honest, watched.asked


def check_works_on_none_one_and_equal_rows(card: Card) -> None:
    for world in worlds(card):
        X = _attacked(card, world)
        for some in (X[:0], X[:1], np.repeat(X[:1], 3, axis=0)):
            assert _evade(card, world, some).X.shape == some.shape


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    for watched in _watched(card):
        before, after = watched.state
        assert before == after
