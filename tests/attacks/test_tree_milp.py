"""The programme against every combination of values, for each norm."""

import numpy as np
import pytest

from amlsec.attacks.tree_milp import cheapest, fewest, narrowest
from amlsec.attacks.tree_search import Quest, cheap
from amlsec.whitebox.cells import cells, prices, slotted
from amlsec.whitebox.forest import numeric, planted
from oracles.trees import forest, least, rows, space

NORMS = {"sum": cheapest, "count": fewest, "max": narrowest}


def quest(model, table, x, limit=50.0):
    of = cells(model, 6)
    return Quest(of, prices(of, slotted(of, table), x[None])[0], -1e-9, limit)


def stopped(seed, many=3):
    model, X = forest(seed), rows(200, seed)
    return model, X[model.margin(X) > 0][:many]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_trying_everything_finds(norm, seed):
    model, X = stopped(seed)
    table = space()
    for x in X:
        known = least(model, table, x, norm=norm)
        answer = NORMS[norm](quest(model, table, x))
        assert answer.proven
        assert answer.bound == pytest.approx(known, abs=1e-6)
        if answer.at is None:
            assert known == np.inf
            continue
        row = quest(model, table, x).prices.row(answer.at)
        price = table.by_column(x[None], row[None])[0]
        assert model.margin(row[None])[0] <= 0
        assert {"sum": price.sum(), "max": price.max(), "count": (row != x).sum()}[norm] == pytest.approx(known, abs=1e-9)


def test_most_of_these_rows_can_pass():
    ends = [least(model, space(), x) for model, X in (stopped(seed) for seed in range(6)) for x in X]
    assert len(ends) > 12
    assert np.isfinite(ends).mean() > 0.5


def test_less_than_the_least_is_proven_to_be_too_little():
    model, (x, *_) = stopped(0)
    known = least(model, space(), x)
    answer = cheapest(quest(model, space(), x, 0.99 * known))
    assert answer.at is None
    assert answer.proven
    assert answer.bound >= 0.99 * known


def test_the_fast_search_is_never_cheaper_and_seldom_dearer():
    ratios = []
    for seed in range(6, 14):
        model, X = stopped(seed, 4)
        for x in X:
            exact, fast = cheapest(quest(model, space(), x)), cheap(quest(model, space(), x), np.random.default_rng(0))
            assert (exact.at is None) == (fast is None)
            if fast is not None:
                ratios.append(quest(model, space(), x).cost(fast) / exact.bound)
    assert len(ratios) > 15
    assert min(ratios) >= 1 - 1e-6
    assert np.quantile(ratios, 0.9) <= 1.02


def test_with_too_few_nodes_it_says_that_nothing_is_proven():
    rng = np.random.default_rng(0)
    X, table = rows(400, 3), space()
    model = forest(0, trees=60, depth=5)
    x = X[model.margin(X) > 0][rng.integers(10)]
    answer = cheapest(quest(model, table, x), nodes=1)
    assert not answer.proven
    assert answer.bound <= quest(model, table, x).cost(cheap(quest(model, table, x), rng)) + 1e-9


def test_a_forest_that_says_one_thing_only_is_settled_at_once():
    alone = planted([numeric([0], [0.0], [0], [0], [0.7])], 0.1)
    x = rows(1)[0]
    assert cheapest(quest(alone, space(), x)).at is None
    assert cheap(quest(alone, space(), x), np.random.default_rng(0)) is None
