"""Mimicry against models that let pass only what looks like rows they know."""

import numpy as np
import pytest

from amlsec.attacks.evasion.mimicry import mimicry
from amlsec.attacks.evasion.random_noise import random_noise
from amlsec.errors import InvalidInput
from amlsec.space.column import Column, Kind, May
from amlsec.space.group import Group
from amlsec.space.joint import joint
from amlsec.space.relation import Relation
from amlsec.space.tabular import TabularSpace
from amlsec.space.text import TextSpace
from amlsec.threat import Access
from oracles.linear import Linear, cheapest
from oracles.play import play
from oracles.tables import box, stopped


class Known:
    """Lets pass what agrees with one of these rows in at least so many columns."""

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns

    def labels(self, X):
        same = np.isclose(X[:, None], self.rows[None]).sum(axis=2).max(axis=1, initial=0)
        return (same < self.columns).astype(np.int64)

    def scores(self, X):
        return self.labels(X).astype(float)


def counts(width, examples, may=May.BOTH):
    columns = [Column(f"n{j}", Kind.INTEGER, 0, 9, scale=1 + j, may=may) for j in range(width)]
    return TabularSpace(columns, examples=examples)


RNG = np.random.default_rng(0)
BENIGN = RNG.integers(0, 10, (8, 6)).astype(float)
X = RNG.integers(0, 10, (5, 6)).astype(float)


def test_where_only_known_rows_pass_the_one_nearest_is_handed_in():
    space = counts(6, BENIGN)
    changed, won, _, _ = play(mimicry, Known(BENIGN, 6), X, space, access=Access.LABELS)
    nearest = [space.cost(np.repeat(x[None], 8, axis=0), BENIGN).argmin() for x in X]
    assert won.all()
    assert (changed == BENIGN[nearest]).all()
    assert not play(random_noise, Known(BENIGN, 6), X, space, access=Access.LABELS)[1].any()


def test_a_disguise_is_worn_no_more_than_passes():
    """Four of six columns are enough: about what the four cheapest changes cost, less than any whole disguise."""
    space = counts(6, BENIGN)
    best, whole = [], []
    for x in X:
        moved = np.sort(space.by_column(np.repeat(x[None], 8, axis=0), BENIGN), axis=1)
        whole.append(moved.sum(axis=1).min())
        best.append(moved[np.argsort(moved.sum(axis=1))[:4], :4].sum(axis=1).min())
    _, won, cost, _ = play(mimicry, Known(BENIGN, 4), X, space, access=Access.LABELS, queries=2000)
    assert won.all()
    assert np.median(cost / np.array(best)) <= 1.4
    assert (cost < np.array(whole)).all()


def test_what_may_only_grow_takes_over_what_is_larger():
    space = counts(6, BENIGN, May.UP)
    higher = np.maximum(X[:1], BENIGN)
    changed, won, _, _ = play(mimicry, Known(higher, 6), X[:1], space, access=Access.LABELS)
    assert won.all()
    assert (changed[0] == higher).all(axis=1).any()
    assert not play(mimicry, Known(BENIGN, 6), X[:1] + 0.0, counts(6, BENIGN - 9, May.UP), access=Access.LABELS)[1].any()


@pytest.mark.parametrize("width", [5, 12])
def test_near_the_cheapest_on_a_linear_model(width):
    plain, model = box(width, seed=width), Linear(np.random.default_rng(width).normal(size=width), -1.0)
    drawn = np.random.default_rng(1).uniform(-3, 3, (400, width))
    space = TabularSpace(plain.columns, examples=drawn[model.labels(drawn) == 0][:30])
    rows = stopped(model, width, 8)
    best = np.array([cheapest(model, space, x) for x in rows])
    rows, best = rows[np.isfinite(best)], best[np.isfinite(best)]
    _, won, cost, _ = play(mimicry, model, rows, space, access=Access.LABELS, queries=2000)
    worn = [space.project(np.repeat(x[None], 30, axis=0), space.examples, np.inf) for x in rows]
    assert won.tolist() == [bool((model.labels(disguises) == 0).any()) for disguises in worn]
    assert won.sum() >= 4
    assert np.median(cost[won] / best[won]) <= 1.05


def test_the_budgets_part_of_a_disguise_is_tried_too():
    class Half:
        def labels(self, X):
            return (np.abs(X[:, 0] - 2) > 0.5).astype(np.int64)

    space = TabularSpace([Column("a", Kind.NUMERIC, 0, 9)], examples=np.array([[8.0]]))
    changed, won, _, _ = play(mimicry, Half(), np.zeros((1, 1)), space, access=Access.LABELS, cost=2.2)
    assert won.all()
    assert 1.5 <= changed[0, 0] <= 2.2
    assert not play(mimicry, Half(), np.zeros((1, 1)), space, access=Access.LABELS, cost=1.2)[1].any()


def test_without_examples_usual_values_stand_in():
    columns = [Column(f"c{j}", Kind.NUMERIC, 0, 1, usual=(0.25,)) for j in range(3)]
    changed, won, _, _ = play(
        mimicry, Known(np.full((1, 3), 0.25), 3), np.ones((1, 3)), TabularSpace(columns), access=Access.LABELS
    )
    assert won.all()
    assert (changed == 0.25).all()


def test_groups_and_relations_are_taken_over_whole():
    columns = [Column(n, Kind.INTEGER, 0, 20) for n in ("in", "out", "all")]
    columns += [Column(n, Kind.INTEGER, 0, 1) for n in ("a", "b", "c")]
    total = Relation("all", {"in": 1, "out": 1, "all": -1}, 0, 0)
    benign = np.array([[4.0, 5, 9, 0, 0, 1]])
    space = joint(columns, [Group("abc", ("a", "b", "c"))], [total], examples=benign)
    rows = np.array([[1.0, 1, 2, 1, 0, 0], [9, 9, 18, 0, 1, 0]])
    changed, won, cost, _ = play(mimicry, Known(benign, 6), rows, space, access=Access.LABELS)
    assert won.all()
    assert (changed == benign).all()
    assert cost.tolist() == [3 + 4 + 7 + 1, 5 + 4 + 9 + 1]


def test_few_queries_are_kept_and_a_text_space_is_refused():
    for queries in (1, 3, 10):
        assert (
            play(mimicry, Known(BENIGN, 4), X, counts(6, BENIGN), access=Access.LABELS, queries=queries)[3] <= queries
        ).all()
    with pytest.raises(InvalidInput, match="must be a TabularSpace"):
        play(mimicry, Known(BENIGN, 4), X, TextSpace(["a"]), access=Access.LABELS)
