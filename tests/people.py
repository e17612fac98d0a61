"""People with a hidden trait, and models whose answers say a known amount of it."""

import numpy as np

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.frame import guess
from amlsec.shadow import Shadow
from amlsec.space.column import Column, Kind
from amlsec.space.tabular import TabularSpace

TRAIT = 1
SPACE = TabularSpace(
    [
        Column("zip", Kind.CATEGORY, 0, 3),
        Column("trait", Kind.CATEGORY, 0, 2),
        Column("age", Kind.NUMERIC, -9, 9),
    ]
)


def people(n, seed=0, shares=(0.6, 0.3, 0.1)):
    """Zip code, trait and age, each drawn for itself, and labels drawn by a coin."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.integers(0, 4, n), rng.choice(3, n, p=shares), rng.normal(0, 2, n)])
    return Batch(X.astype(float), rng.integers(0, 2, n))


class Answers:
    """A model whose chance of malice is a table's, by the trait."""

    def __init__(self, *chance):
        self.chance, self.asked = np.array(chance), 0

    def scores(self, X):
        self.asked += len(X)
        return self.chance[X[:, TRAIT].astype(int)]

    def labels(self, X):
        return (self.scores(X) > 0.5).astype(np.int64)


def guesses(name, model, rows, *, own, queries=9, hidden=(TRAIT,), space=SPACE):
    """What the attack of this name guesses (n, k), from rows of its own."""
    rng, budget = np.random.default_rng(0), QueryBudget(queries)
    return guess(named(name), model, rows, np.array(hidden), shadow=Shadow(own, space), budget=budget, rng=rng)
