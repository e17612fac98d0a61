"""Every attack on tables where columns hang together: what it returns breaks neither group nor relation."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.budget import EvasionBudget
from amlsec.catalogue import Kind, of_kind
from amlsec.data import Batch
from amlsec.frame import evade, wanted
from amlsec.space.column import Column, May
from amlsec.space.column import Kind as Holds
from amlsec.space.group import Group
from amlsec.space.joint import joint
from amlsec.space.relation import Relation
from joint_cases import in_space
from laws.toys import World, judge

ATTACKS = [card for card in of_kind(Kind.EVASION) if "tabular" in card.spaces]


def _rows(n, rng):
    y = np.arange(n) % 2
    a, b = rng.poisson(3 + 4 * y), rng.poisson(5, n)
    low = rng.exponential(2, n)
    kinds = np.eye(3)[np.where(rng.random(n) < 0.7, y, rng.integers(0, 3, n))]
    X = np.column_stack([a, b, a + b, low, low + rng.exponential(2, n) * (1 + 2 * y), kinds]).astype(float)
    return Batch(np.clip(X, 0, 40), y)


NAMES = ("a", "b", "total", "low", "high", "x", "y", "z")
COLUMNS = [Column(name, Holds.INTEGER, 0, 40, may=May.UP if name == "b" else May.BOTH) for name in NAMES[:3]]
COLUMNS += [Column(name, Holds.NUMERIC, 0, 40) for name in NAMES[3:5]]
COLUMNS += [Column(name, Holds.INTEGER, 0, 1) for name in NAMES[5:]]
TOTAL = Relation("total", {"a": 1, "b": 1, "total": -1}, 0, 0)
ORDER = Relation("order", {"low": 1, "high": -1}, at_most=0)
BENIGN = _rows(40, np.random.default_rng(9)).labelled(0).X
WORLD = World(
    _rows,
    joint(COLUMNS, [Group("kind", ("x", "y", "z"), 2.0)], [TOTAL, ORDER], examples=BENIGN),
    lambda X: X[:, 0] + 0.5 * X[:, 4] + X[:, 6] - 7,
    LogisticRegression,
)


@pytest.mark.parametrize("card", ATTACKS, ids=lambda card: card.name)
def test_stays_in_the_space(card):
    X = WORLD.rows(4, 7).labelled(1 - wanted(card)).X
    budget = EvasionBudget(3.0, 20)
    evaded = evade(card, judge(card, WORLD), X, space=WORLD.space, budget=budget, rng=np.random.default_rng(0))
    in_space(WORLD.space, X, evaded.X, 3.0)


def test_searches_win_though_columns_hang_together():
    found = {}
    for card in ATTACKS:
        if card.name in ("score-search", "label-search", "mimicry"):
            X = WORLD.rows(10, 7).labelled(1).X
            model = judge(card, WORLD)
            X = X[model.labels(X) == 1]
            budget = EvasionBudget(np.inf, 300)
            evaded = evade(card, model, X, space=WORLD.space, budget=budget, rng=np.random.default_rng(0))
            found[card.name] = (model.labels(evaded.X) == 0).mean()
    assert len(found) == 3
    assert min(found.values()) == 1.0
