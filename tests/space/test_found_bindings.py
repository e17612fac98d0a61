"""What binds columns together, found in data: what is there is found, and next to nothing that is not."""

import numpy as np
import pytest

from amlsec.space.found_groups import one_hot_groups
from amlsec.space.found_relations import equalities, orders
from amlsec.space.joint import some, suggested


def names(n):
    return [f"c{j}" for j in range(n)]


def one_hot(rng, n, k, p=None):
    return np.eye(k)[rng.choice(k, n, p=p)]


@pytest.mark.parametrize("seed", range(10))
def test_groups_are_found_among_other_flags_in_any_order(seed):
    rng = np.random.default_rng(seed)
    blocks = [one_hot(rng, 400, 3), one_hot(rng, 400, 6, [0.5, 0.3, 0.1, 0.05, 0.03, 0.02]), rng.random((400, 9)) < 0.3]
    order = rng.permutation(18)
    found = one_hot_groups(np.column_stack(blocks).astype(float)[:, order], names(18))
    truth = {frozenset(np.flatnonzero(np.isin(order, members))) for members in (range(3), range(3, 9))}
    assert {frozenset(int(name[1:]) for name in group.columns) for group in found} == truth


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("n", "share"), [(12, 0.5), (50, 0.2), (300, 0.5), (300, 0.02)])
def test_no_group_is_found_among_independent_flags(n, share, seed):
    rng = np.random.default_rng(seed)
    assert one_hot_groups((rng.random((n, 30)) < share).astype(float), names(30)) == []


def test_few_rows_are_no_evidence_and_many_are():
    rng = np.random.default_rng(0)
    assert one_hot_groups(one_hot(rng, 8, 2), names(2)) == []
    assert len(one_hot_groups(one_hot(rng, 80, 2), names(2))) == 1


def test_a_groups_name_is_what_its_columns_begin_with():
    X = one_hot(np.random.default_rng(0), 99, 2)
    assert [one_hot_groups(X, pair)[0].name for pair in (["os_mac", "os_win"], ["up", "down"])] == ["os", "up"]


@pytest.mark.parametrize("seed", range(10))
def test_totals_are_found_wherever_the_total_stands(seed):
    rng = np.random.default_rng(seed)
    a, b, c, other = rng.poisson(4, (4, 300)).astype(float)
    kilo = rng.normal(3e6, 1e6, 300)
    order = rng.permutation(7)
    X = np.column_stack([a, b, c, a + b + c, other, kilo, 1024 * kilo + 7])[:, order]
    found = equalities(X, names(7))
    assert len(found) == 2
    for relation in found:
        sums = sum(weight * X[:, int(name[1:])] for name, weight in relation.weights.items())
        assert np.allclose(sums, relation.at_most, rtol=1e-9)
    assert {len(relation.weights) for relation in found} == {2, 4}


@pytest.mark.parametrize("seed", range(10))
def test_no_total_is_found_in_independent_correlated_or_rounded_columns(seed):
    rng = np.random.default_rng(seed)
    flowing = rng.normal(size=(400, 12)) @ rng.normal(size=(12, 12))
    counts = rng.poisson(0.02, (400, 12))
    a, b = rng.random((2, 400))
    rounded = np.column_stack([a.round(2), b.round(2), (a + b).round(2)])
    assert equalities(np.column_stack([flowing, counts, rounded]), names(27)) == []
    assert equalities(flowing[:20], names(12)) == []


@pytest.mark.parametrize("seed", range(10))
def test_orders_are_found_directly_and_once(seed):
    rng = np.random.default_rng(seed)
    low, first, second = rng.exponential(5, (3, 2000))
    X = np.column_stack([low + first + second, rng.exponential(5, 2000), low, low + first])
    assert {relation.name for relation in orders(X, names(4))} == {"c2 <= c3", "c3 <= c0"}


@pytest.mark.parametrize("seed", range(10))
def test_no_order_is_found_where_columns_are_apart_seldom_or_only_alike(seed):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=2000)
    apart, alike = rng.normal(50, 1, 2000), np.column_stack([base, base + rng.normal(4, 1, 2000).clip(0.5)])
    seldom = np.where(rng.random((2000, 8)) < 0.02, rng.integers(1, 90, (2000, 8)), 0)
    counts, sizes = rng.poisson(3, 2000), rng.poisson(3, 2000) * rng.integers(40, 1500, 2000)
    X = np.column_stack([apart, alike, seldom, counts, sizes]).astype(float)
    assert orders(X, names(X.shape[1])) == []
    assert orders(np.sort(rng.random((900, 2)), axis=1), names(2)) == []


def test_a_table_suggests_groups_relations_and_examples():
    rng = np.random.default_rng(0)
    a, b = rng.poisson(5, (2, 300)).astype(float)
    X = np.column_stack([one_hot(rng, 300, 3), a, b, a + b, rng.integers(0, 2, 300)])
    columns = ["os_a", "os_b", "os_c", "in", "out", "all", "tld"]
    space = suggested(X, columns, [()] * 6 + [("com", "org")], benign=X[:80])
    assert [group.columns for group in space.groups] == [("os_a", "os_b", "os_c")]
    assert [dict(relation.weights) for relation in space.relations] == [{"in": 1, "out": 1, "all": -1}]
    assert len(space.examples) == 50
    assert {tuple(row) for row in space.examples} <= {tuple(row) for row in X[:80]}
    assert space.cost(X[:1], X[1:2]) < np.inf


def test_orders_that_a_total_says_already_are_left_out():
    a, b = np.random.default_rng(0).exponential(5, (2, 2000)).round(3)
    space = suggested(np.column_stack([a, b, a + b]), ["a", "b", "all"])
    assert [relation.name for relation in space.relations] == ["all"]


def test_some_rows_are_distinct_and_in_order():
    assert some(np.array([[2.0], [2.0], [1.0], [3.0]])).tolist() == [[2], [1], [3]]
    assert some(np.zeros((0, 2))).shape == (0, 2)
