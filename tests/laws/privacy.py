"""Laws of privacy attacks."""

from typing import Any

import numpy as np

from amlsec.budget import QueryBudget
from amlsec.catalogue import Card
from amlsec.data import BENIGN, Batch
from amlsec.frame import infer
from laws.toys import Judge, SealedOracle, World, frozen, global_state, same, worlds


def _infer(card: Card, world: World, rows: Batch, queries: int = 8, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return infer(card, Judge(world.model), rows, shadow=_shadow(world), budget=QueryBudget(queries), rng=rng)


def _shadow(world: World) -> Batch:
    return frozen(world.rows(30, 9))


def check_same_seed_same_guesses(card: Card) -> None:
    for world in worlds(card):
        rows = world.rows(10, 8)
        assert same(_infer(card, world, rows), _infer(card, world, rows))


def check_without_queries_nothing_is_known(card: Card) -> None:
    for world in worlds(card):
        assert np.ptp(_infer(card, world, world.rows(10, 8), queries=0)) == 0


def check_stays_within_its_queries(card: Card) -> None:
    for world in worlds(card):
        for queries in (0, 1, 2, 8):
            _infer(card, world, world.rows(10, 8), queries)


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        rows = frozen(world.rows(10, 8))
        before = rows.X.copy(), rows.y.copy()
        _infer(card, world, rows)
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
            assert _infer(card, world, some).shape == (len(some),)


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _infer(card, world, world.rows(10, 8))
    assert global_state() == before
