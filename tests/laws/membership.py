"""Laws of membership attacks."""

from typing import Any

import numpy as np

from amlsec.budget import QueryBudget
from amlsec.catalogue import Card
from amlsec.data import BENIGN, Batch
from amlsec.frame import recognise
from amlsec.shadow import Shadow
from laws.toys import Judge, SealedOracle, World, frozen, global_state, same, worlds


def _recognise(card: Card, world: World, rows: Batch, queries: int = 8, seed: int = 0) -> Any:
    return _with(card, world, rows, _shadow(world), queries, seed)


def _with(card: Card, world: World, rows: Batch, shadow: Shadow, queries: int = 2, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return recognise(card, Judge(world.model), rows, shadow=shadow, budget=QueryBudget(queries), rng=rng)


def _shadow(world: World) -> Shadow:
    return Shadow(frozen(world.rows(30, 9)), world.space, world.learner(), frozen(world.rows(4, 10)))


def check_same_seed_same_guesses(card: Card) -> None:
    for world in worlds(card):
        rows = world.rows(10, 8)
        assert same(_recognise(card, world, rows), _recognise(card, world, rows))


def check_without_queries_nothing_is_known(card: Card) -> None:
    for world in worlds(card):
        assert np.ptp(_recognise(card, world, world.rows(10, 8), queries=0)) == 0


def check_stays_within_its_queries(card: Card) -> None:
    for world in worlds(card):
        for queries in (0, 1, 2, 8):
            _recognise(card, world, world.rows(10, 8), queries)


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        rows = frozen(world.rows(10, 8))
        before = rows.X.copy(), rows.y.copy()
        _recognise(card, world, rows)
        assert same(rows.X, before[0])
        assert same(rows.y, before[1])


def check_asks_through_the_oracle_only(card: Card) -> None:
    for world in worlds(card):
        oracle = SealedOracle(card, world, 10, 8)
        rng = np.random.default_rng(0)
        card.run(oracle, world.rows(10, 8), shadow=_shadow(world), budget=QueryBudget(8), rng=rng)
        assert oracle.honest, f"asked {oracle.judge.asked} times, {oracle.charged()} were counted"


def check_works_on_none_one_equal_and_one_class_rows(card: Card) -> None:
    for world in worlds(card):
        rows = world.rows(10, 8)
        for some in (rows.rows([]), rows.rows([0]), rows.rows([0, 0, 0]), rows.labelled(BENIGN)):
            assert _recognise(card, world, some).shape == (len(some),)


def check_works_whatever_the_attacker_owns(card: Card) -> None:
    """Nothing, one row, one label; nothing planted, or copies of what is asked about."""
    for world in worlds(card):
        rows, own = world.rows(10, 8), world.rows(30, 9)
        for some in (own.rows([]), own.rows([0]), own.labelled(BENIGN)):
            assert _with(card, world, rows, Shadow(some, world.space, world.learner())).shape == (10,)
        for planted in (None, rows.rows([]), rows, rows.relabelled(1 - rows.y)):
            assert _with(card, world, rows, Shadow(own, world.space, world.learner(), planted)).shape == (10,)


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _recognise(card, world, world.rows(10, 8))
    assert global_state() == before
