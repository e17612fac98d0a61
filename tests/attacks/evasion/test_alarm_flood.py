"""A flood learns on few rows and sends on: one query a row."""

import numpy as np

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import texts
from amlsec.frame import evade
from amlsec.space.tabular import Column, Kind, May, TabularSpace
from amlsec.space.text import TextSpace

FLOOD, FALSE_ALARMS = named("alarm-flood"), named("false-alarms")
SPACE = TextSpace(["meeting"], bad_words=["free", "casino", "win"])


class Filter:
    """Alarms at two of its words, or at one where the text says so."""

    def scores(self, X):
        return np.array([len({"casino", "win"} & set(row.split())) + ("dear" in row) for row in X], dtype=float)

    def labels(self, X):
        return (self.scores(X) >= 2).astype(np.int64)


class Sum:
    """Alarms above 10."""

    def scores(self, X):
        return X.sum(axis=1)

    def labels(self, X):
        return (self.scores(X) > 10).astype(np.int64)


def flooded(model, X, space, cost, card=FLOOD):
    return evade(card, model, X, space=space, budget=EvasionBudget(cost, 100), rng=np.random.default_rng(0))


def test_after_the_first_rows_one_query_raises_an_alarm():
    X = texts([f"see you at {hour}" for hour in range(50)])
    found = flooded(Filter(), X, SPACE, 2)
    assert found.verdicts.all()
    assert set(found.queries[5:].tolist()) == {1}
    assert found.queries.sum() < flooded(Filter(), X, SPACE, 2, FALSE_ALARMS).queries.sum() / 5


def test_where_what_was_learned_does_not_work_a_row_is_searched_alone():
    """The first five rows alarm at one word; those after them at two."""
    X = texts([f"dear {hour}" for hour in range(5)] + [f"see you at {hour}" for hour in range(5)])
    found = flooded(Filter(), X, SPACE, 2)
    assert found.verdicts.all()
    assert (found.cost[:5] == 1).all()
    assert (found.cost[5:] == 2).all()


def test_tables_are_flooded_too():
    space = TabularSpace([Column("a", Kind.NUMERIC, 0, 20), Column("b", Kind.INTEGER, 0, 20)])
    X = np.column_stack([np.linspace(0, 2, 40), np.zeros(40)])
    found = flooded(Sum(), X, space, 30.0)
    assert found.verdicts.all()
    assert np.median(found.queries) <= 5


def test_a_flood_that_nothing_raises_changes_nothing():
    X = texts(["see you"] * 8)
    assert (flooded(Filter(), X, SPACE, 1).X == X).all()


class Either:
    """Alarms where the first column is above 10, or the second, as the third says."""

    def labels(self, X):
        return (np.where(X[:, 2] == 0, X[:, 0], X[:, 1]) > 10).astype(np.int64)


def test_a_row_searched_alone_is_left_at_its_first_alarm():
    """The first five rows alarm by their first column, those after them by their second; nobody can change the third."""
    columns = [*(Column(name, Kind.NUMERIC, 0, 20) for name in "ab"), Column("c", Kind.INTEGER, 0, 1, may=May.NOT)]
    X = np.zeros((20, 3))
    X[5:, 2] = 1
    found = flooded(Either(), X, TabularSpace(columns), 20.0)
    assert found.verdicts.all()
    assert (found.X[:5, 0] > 10).all()
    assert (found.X[5:, 1] > 10).all()
    assert found.queries[5:].max() < found.queries[:5].min() / 2
