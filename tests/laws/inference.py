"""Laws of inference attacks."""

from typing import Any

import numpy as np

from amlsec.budget import QueryBudget
from amlsec.catalogue import Card
from amlsec.data import BENIGN, Batch
from amlsec.frame import guess
from amlsec.shadow import Shadow
from laws.toys import Judge, SealedOracle, World, frozen, global_state, same, worlds


def _guess(card: Card, world: World, rows: Batch, hidden: Any, queries: int = 8, seed: int = 0) -> Any:
    rng, shadow, budget = np.random.default_rng(seed), _shadow(world), QueryBudget(queries)
    return guess(card, Judge(world.model), rows, np.array(hidden), shadow=shadow, budget=budget, rng=rng)


def _shadow(world: World) -> Shadow:
    return Shadow(frozen(world.rows(30, 9)), world.space, world.learner())


def _hidden(world: World) -> list[list[int]]:
    """One column, two, all of them."""
    width = world.rows(1, 0).X.shape[1]
    return [[width - 1], [0, 2], list(range(width))]


def _without(rows: Batch, hidden: Any, value: float) -> Batch:
    """The rows with this value in the hidden columns, in a copy."""
    changed = rows.rows(np.arange(len(rows)))
    changed.X[:, hidden] = value
    return changed


def check_same_seed_same_guesses(card: Card) -> None:
    for world in worlds(card):
        for hidden in _hidden(world):
            rows = world.rows(10, 8)
            assert same(_guess(card, world, rows, hidden), _guess(card, world, rows, hidden))


def check_without_queries_nothing_is_known(card: Card) -> None:
    for world in worlds(card):
        for hidden in _hidden(world):
            guesses = _guess(card, world, world.rows(10, 8), hidden, queries=0)
            assert (np.ptp(guesses, axis=0) == 0).all()


def check_stays_within_its_queries(card: Card) -> None:
    for world in worlds(card):
        for hidden in _hidden(world):
            for queries in (0, 1, 2, 8, 100):
                _guess(card, world, world.rows(4, 8), hidden, queries)


def check_what_is_hidden_changes_no_guess(card: Card) -> None:
    for world in worlds(card):
        for hidden in _hidden(world):
            rows = world.rows(10, 8)
            blank = _without(rows, hidden, 0.0)
            assert same(_guess(card, world, rows, hidden), _guess(card, world, blank, hidden))


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        rows, hidden = _without(world.rows(10, 8), [0], np.nan), np.array([0])
        oracle = SealedOracle(card, world, 10, 8)
        rng = np.random.default_rng(0)
        card.run(oracle, frozen(rows), hidden, shadow=_shadow(world), budget=QueryBudget(8), rng=rng)
        assert hidden.tolist() == [0]


def check_asks_through_the_oracle_only(card: Card) -> None:
    for world in worlds(card):
        oracle, rng = SealedOracle(card, world, 10, 8), np.random.default_rng(0)
        rows, hidden = _without(world.rows(10, 8), [0], np.nan), np.array([0])
        card.run(oracle, rows, hidden, shadow=_shadow(world), budget=QueryBudget(8), rng=rng)
        assert oracle.honest, f"asked {oracle.judge.asked} times, {oracle.charged()} were counted"


def check_works_on_none_one_equal_and_one_class_rows(card: Card) -> None:
    for world in worlds(card):
        rows = world.rows(10, 8)
        for some in (rows.rows([]), rows.rows([0]), rows.rows([0, 0, 0]), rows.labelled(BENIGN)):
            assert _guess(card, world, some, [0, 2]).shape == (len(some), 2)


def check_works_with_little_of_his_own(card: Card) -> None:
    for world in worlds(card):
        own = world.rows(10, 9)
        for rows in (own.rows([]), own.rows([0]), own.labelled(BENIGN)):
            shadow, budget, rng = Shadow(rows, world.space), QueryBudget(8), np.random.default_rng(0)
            model, asked, hidden = Judge(world.model), world.rows(6, 8), np.array([0, 2])
            guess(card, model, asked, hidden, shadow=shadow, budget=budget, rng=rng)


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _guess(card, world, world.rows(10, 8), [0])
    assert global_state() == before
