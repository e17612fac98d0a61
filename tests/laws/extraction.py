"""Laws of extraction attacks."""

from typing import Any

import numpy as np

from amlsec.budget import QueryBudget
from amlsec.catalogue import Card
from amlsec.data import BENIGN, Batch
from amlsec.frame import steal
from amlsec.shadow import Shadow
from laws.toys import Judge, SealedOracle, World, frozen, global_state, same, worlds


def _shadow(world: World, rows: Batch | None = None) -> Shadow:
    """What he owns: 30 rows if no others are given."""
    own = frozen(world.rows(30, 9)) if rows is None else rows
    return Shadow(own, world.space, world.learner(), frozen(world.rows(4, 10)))


def _steal(card: Card, world: World, queries: int = 60, shadow: Shadow | None = None, seed: int = 0) -> tuple[Any, int]:
    own, rng = shadow or _shadow(world), np.random.default_rng(seed)
    return steal(card, Judge(world.model), shadow=own, budget=QueryBudget(queries), rng=rng)


def check_same_seed_same_copy(card: Card) -> None:
    for world in worlds(card):
        X = world.rows(40, 8).X
        one, two = (_steal(card, world) for _ in range(2))
        assert one[1] == two[1]
        assert same(one[0].scores(X), two[0].scores(X))
        assert same(one[0].labels(X), two[0].labels(X))


def check_the_copy_judges_rows(card: Card) -> None:
    for world in worlds(card):
        for queries in (0, 60):
            copy = _steal(card, world, queries)[0]
            for n in (0, 1, 5):
                labels, scores = copy.labels(world.rows(n, 8).X), copy.scores(world.rows(n, 8).X)
                assert labels.shape == scores.shape == (n,)
                assert np.isin(labels, (0, 1)).all()
                assert np.isfinite(scores).all()


def check_without_queries_it_asks_nothing(card: Card) -> None:
    for world in worlds(card):
        assert _steal(card, world, 0)[1] == 0


def check_stays_within_its_queries(card: Card) -> None:
    for world in worlds(card):
        for queries in (0, 1, 2, 7, 30):
            assert _steal(card, world, queries)[1] <= queries


def check_leaves_what_he_owns_alone(card: Card) -> None:
    for world in worlds(card):
        own = _shadow(world)
        before = own.rows.X.copy(), own.rows.y.copy(), sorted(vars(own.learner))
        _steal(card, world, shadow=own)
        assert same(own.rows.X, before[0])
        assert same(own.rows.y, before[1])
        assert sorted(vars(own.learner)) == before[2]


def check_asks_through_the_oracle_only(card: Card) -> None:
    for world in worlds(card):
        oracle = SealedOracle(card, world, 1, 60)
        card.run(oracle, _shadow(world), budget=QueryBudget(60), rng=np.random.default_rng(0))
        assert oracle.honest, f"asked {oracle.judge.asked} times, {oracle.charged()} were counted"


def check_works_whatever_rows_he_owns(card: Card) -> None:
    for world in worlds(card):
        rows = world.rows(10, 8)
        for some in (rows.rows([]), rows.rows([0]), rows.rows([0, 0, 0]), rows.labelled(BENIGN)):
            for queries in (0, 1, 40):
                copy = _steal(card, world, queries, _shadow(world, some))[0]
                assert copy.labels(rows.X).shape == (10,)


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _steal(card, world)
    assert global_state() == before
