"""Tables with linear relations, the plain cases: who follows, what it costs, what is refused."""

import itertools

import numpy as np
import pytest

from amlsec.errors import InvalidInput
from amlsec.space.column import Column, Kind, May
from amlsec.space.related import RelatedSpace
from amlsec.space.relation import Relation

TOTAL = Relation("total", {"a": 1, "b": 1, "total": -1}, 0, 0)


def table(relations, *, scales=(1, 1, 1), may=(May.BOTH,) * 3, kind=Kind.INTEGER, high=99, names=("a", "b", "total")):
    columns = [Column(n, kind, 0, high, scale, way) for n, scale, way in zip(names, scales, may, strict=True)]
    return RelatedSpace(columns, relations)


def test_the_cheapest_column_left_alone_follows():
    X, Z = np.array([[3.0, 4.0, 7.0]]), np.array([[5.0, 4.0, 7.0]])
    assert table([TOTAL], scales=(1, 1, 10)).project(X, Z, np.inf).tolist() == [[5, 4, 9]]
    assert table([TOTAL], scales=(1, 10, 1)).project(X, Z, np.inf).tolist() == [[5, 2, 7]]
    assert table([TOTAL], scales=(1, 10, 1), may=(May.BOTH, May.UP, May.BOTH)).project(X, Z, np.inf).tolist() == [[5, 4, 9]]
    assert table([TOTAL], may=(May.BOTH, May.NOT, May.NOT)).project(X, Z, np.inf).tolist() == X.tolist()


def test_what_one_column_cannot_bear_the_next_one_does():
    X, Z = np.array([[3.0, 4.0, 7.0]]), np.array([[3.0, 4.0, 30.0]])
    assert table([TOTAL], scales=(9, 1, 1), high=20).project(X, Z, np.inf).tolist() == [[16, 4, 20]]
    near = table([TOTAL], scales=(9, 1, 1), high=20).project(X, Z, 10.0)
    assert near.tolist() == [[12, 4, 16]]
    assert table([TOTAL], scales=(9, 1, 1), high=20).cost(X, near) == [10.0]


@pytest.mark.parametrize("seed", range(20))
def test_following_costs_no_more_than_any_other_way_to_keep_the_wish(seed):
    """By brute force over all whole rows: one column is set, the others follow as cheaply as they can."""
    rng = np.random.default_rng(seed)
    weights = dict(zip(("a", "b", "total"), rng.choice([-1.0, 1.0], 3), strict=True))
    X = rng.integers(0, 7, (1, 3)).astype(float)
    value = float(sum(weight * X[0, j] for j, weight in enumerate(weights.values())))
    low, high = [(value, value), (-np.inf, value), (value - 1, np.inf)][seed % 3]
    space = table([Relation("r", weights, low, high)], scales=rng.permutation([1, 2, 5]), high=6)
    wish = int(rng.integers(0, 7))
    rows = np.array([(wish, *rest) for rest in itertools.product(range(7), repeat=2)], dtype=float)
    cheapest = space.cost(np.repeat(X, len(rows), axis=0), rows).min()
    mended = space.project(X, np.array([[wish, X[0, 1], X[0, 2]]]), np.inf)
    if np.isfinite(cheapest):
        assert mended[0, 0] == wish
        assert space.cost(X, mended)[0] == pytest.approx(cheapest)


def test_a_chain_of_orders_is_pushed_along():
    orders = [Relation(f"{k}", {low: 1, high: -1}, at_most=0) for k, (low, high) in enumerate([("a", "b"), ("b", "total")])]
    space = table(orders, kind=Kind.NUMERIC)
    X = np.array([[1.0, 2.0, 3.0]])
    assert space.project(X, np.array([[9.5, 2.0, 3.0]]), np.inf).tolist() == [[9.5, 9.5, 9.5]]
    assert space.project(X, np.array([[1.0, 2.0, 0.5]]), np.inf).tolist() == [[0.5, 0.5, 0.5]]


def test_within_the_cost_almost_all_of_it_is_spent():
    space = table([TOTAL], kind=Kind.NUMERIC)
    rng = np.random.default_rng(0)
    parts = rng.uniform(0, 20, (200, 2))
    X = np.column_stack([parts, parts.sum(axis=1)])
    changed = space.project(X, X + 30 * np.eye(3)[0], 5.0)
    assert space.cost(X, changed) == pytest.approx(5.0, rel=1e-2)


def test_a_row_that_breaks_a_relation_may_stay_or_come_nearer_and_go_no_further():
    space, X = table([TOTAL]), np.array([[1.0, 2.0, 9.0]])
    paid = [
        space.cost(X, np.array([row]))[0] for row in ([1, 2, 9], [1, 2, 8], [1, 2, 3], [1, 2, 10], [1, 3, 10], [1, 2, 2])
    ]
    assert paid == [0, 1, 6, np.inf, 2, np.inf]


def test_what_no_column_can_mend_is_undone_in_part():
    space = table([Relation("even", {"a": 2, "b": 2, "total": -4}, 0, 0)], may=(May.BOTH, May.NOT, May.BOTH))
    X = np.array([[2.0, 4.0, 3.0]])
    assert space.project(X, np.array([[7.0, 4.0, 3.0]]), np.inf).tolist() == [[6, 4, 5]]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"weights": {"a": 1}}, "weights of relation r is {'a': 1}: must give two columns"),
        ({"weights": {"a": 1, "b": 0}}, "weights of relation r"),
        ({"weights": {"a": 1, "b": np.inf}}, "weights of relation r"),
        ({"at_most": np.inf}, r"bounds of relation r is \(-inf, inf\): must be in order, and one of them finite"),
        ({"at_most": 0, "at_least": 1}, "bounds of relation r"),
        ({"at_most": -np.inf}, "bounds of relation r"),
        ({"at_most": np.nan}, "bounds of relation r"),
    ],
)
def test_a_broken_relation_is_refused(broken, message):
    with pytest.raises(InvalidInput, match=message):
        Relation(**{"name": "r", "weights": {"a": 1, "b": -1}, "at_most": 0} | broken)


def test_a_relation_of_other_columns_or_of_categories_is_refused():
    with pytest.raises(InvalidInput, match="a column of relation total is 'total': must be one of the columns of numbers"):
        RelatedSpace([Column("a", Kind.NUMERIC, 0, 1), Column("b", Kind.NUMERIC, 0, 1)], [TOTAL])
    with pytest.raises(InvalidInput, match="a column of relation r is 'a'"):
        RelatedSpace(
            [Column("a", Kind.CATEGORY, 0, 1), Column("b", Kind.NUMERIC, 0, 1)], [Relation("r", {"a": 1, "b": 1}, 0, 0)]
        )


def test_an_ordinal_costs_by_the_ranks_between():
    space = table([Relation("r", {"a": 1, "b": -1}, at_most=0)], kind=Kind.ORDINAL, high=4)
    assert space.cost(np.array([[1.0, 3, 0]]), np.array([[3.0, 3, 4]])) == [6.0]
    assert space.cost(np.array([[1.0, 3, 0]]), np.array([[4.0, 3, 0]])) == [np.inf]


def test_relations_between_tiny_columns_bind_too():
    columns = [Column(name, Kind.NUMERIC, 0, 9e-12, 1e-12) for name in ("a", "b", "total")]
    space = RelatedSpace(columns, [Relation("parts", {"a": 1, "b": 1, "total": -1}, 0, 0)])
    X, changed = np.array([[1e-12, 2e-12, 3e-12]] * 2), np.array([[2e-12, 2e-12, 3e-12], [2e-12, 2e-12, 4e-12]])
    assert np.allclose(space.cost(X, changed), [np.inf, 2])
    assert np.allclose(space.project(X, changed, np.inf)[0] / 1e-12, [2, 1, 3])
