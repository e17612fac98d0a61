"""Ways across substitutes that are as good as the model itself."""

import numpy as np
import pytest

from amlsec.attacks.substitutes import LineThrough, Trees
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from oracles.linear import Linear, cheapest
from oracles.stump import Stump
from oracles.tables import box


def _known(model, width, many=800):
    rows = np.random.default_rng(0).uniform(-3, 3, (many, width))
    return rows, model.labels(rows) == 1


def test_the_line_goes_the_cheapest_way_of_a_linear_model():
    space = TabularSpace([Column(f"c{j}", Kind.NUMERIC, -3, 3) for j in range(6)])
    model = Linear(np.array([3.0, -2.0, 1.0, 0.5, 0.0, 0.1]), -1.0)
    rows, stopped = _known(model, 6, 3000)
    X = rows[stopped][:10]
    ways = LineThrough(space, rows, stopped).ways(X, 2)
    for x, way in zip(X, ways, strict=True):
        cost = space.cost(np.repeat(x[None], len(way), axis=0), way)
        assert cost[0] == pytest.approx(cheapest(model, space, x), rel=0.2, abs=0.1)
        assert model.labels(way[1:])[0] == 0


def test_the_trees_cross_a_stump_near_its_threshold():
    space, model = box(4, may=(May.BOTH,)), Stump(1, 0.5)
    rows, stopped = _known(model, 4)
    X = rows[stopped][:8]
    for x, way in zip(X, Trees(space, rows, stopped, np.random.default_rng(0)).ways(X, 3), strict=True):
        assert model.labels(way).min() == 0
        assert np.abs(way - x)[:, [0, 2, 3]].max() <= 6
        assert space.cost(x[None], way[:1])[0] <= (x[1] - 0.5 + 0.2) * space.rate[1] + 0.2


def test_no_more_ways_than_asked_for():
    space, model = box(3, may=(May.BOTH,)), Stump(0, 0.0)
    rows, stopped = _known(model, 3)
    for substitute in (LineThrough(space, rows, stopped), Trees(space, rows, stopped, np.random.default_rng(0))):
        assert all(len(way) <= 1 for way in substitute.ways(rows[stopped][:5], 1))
