"""Adversarial boosting: every tree learns from evasions of the trees before it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.tree import DecisionTreeRegressor

from amlsec.catalogue import learner
from amlsec.defenses.learners.log_odds import LogOdds
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space
from amlsec.space.tabular import TabularSpace, infer, tabular
from amlsec.threat import Influence, ThreatModel, Violation
from amlsec.whitebox.cells import cells
from amlsec.whitebox.families.sklearn_trees import tree_of
from amlsec.whitebox.forest import Forest, Tree, numeric, planted
from amlsec.whitebox.greedy import lowered, scattered
from amlsec.whitebox.look import reads

Floats = NDArray[np.float64]

_FLAT = 1e-6
_STEPS = 8
"""How many columns the attacker of the training changes at most."""


@learner(
    threats=(ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),),
    spaces=("tabular",),
    references=("kantchelian2016evasion",),
)
class AdversarialBoosting(LogOdds):
    """Boosts trees on the training rows and on evasions, found anew before each tree, of malicious ones among them.

    Kantchelian, Tygar and Joseph, "Evasion and hardening of tree ensemble classifiers", ICML 2016, section 5: the
    evasions of a round are added to the training rows of its tree alone, with their label. They are found by the quick
    search over single columns, within a cost in the space's own prices, and drawn from the whole cell that the search
    ended in: a tree that sees them next to a threshold alone moves the threshold and no more. An attacker who may pay
    more gets through; `exact-trees` says at what price. The price of the defense is alarms on benign rows that look like
    changed malicious ones.

    Parameters
    ----------
    space : what an attacker can change, and at what cost; None takes the space that the training rows suggest
    cost : the most that an evasion may cost, in the space's unit, at least 0; with 0 it is plain boosting
    trees, depth, rate : how many trees, how deep, and the share of each tree's advice that is taken, in (0, 1]
    smallest : the rows that a leaf has at least
    attacked : how many malicious rows, drawn anew, are attacked before each tree; together they weigh as much as all
    random_state : seed of the rows attacked and of the trees

    Attributes
    ----------
    classes_ : the two labels, in ascending order; the second one is malicious
    forest_ : the trees, as `whitebox.forest.Forest`

    Raises InvalidInput where a setting is out of range, there are not two labels, or the space is not a table's.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(200) % 2
    >>> X = rng.normal(3.0 * y[:, None], 1.0, (200, 2))
    >>> AdversarialBoosting(trees=10).fit(X, y).predict([[0.0, 0.0], [3.0, 3.0]])
    array([0, 1])
    """

    def __init__(
        self,
        *,
        space: Space | None = None,
        cost: float = 1.0,
        trees: int = 60,
        depth: int = 4,
        rate: float = 0.2,
        smallest: int = 5,
        attacked: int = 200,
        random_state: int | None = 0,
    ) -> None:
        self.space = space
        self.cost = cost
        self.trees = trees
        self.depth = depth
        self.rate = rate
        self.smallest = smallest
        self.attacked = attacked
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Boost on rows (n, d) and their labels (n,), of two kinds."""
        self._check()
        table, second = self._learned_from(X, y)
        names = [f"x{j}" for j in range(table.shape[1])]
        space = infer(table, names) if self.space is None else tabular(self.space)
        rng = np.random.default_rng(self.random_state)
        grown, bias = [numeric([0], [0.0], [0], [0], [0.0])], float(logit(second.mean()))
        margin = np.full(len(table), bias)
        for _ in range(self.trees):
            evasions = self._evasions(planted(grown, bias), table[second == 1], space, rng)
            grown.append(self._tree(table, second, margin, evasions, rng))
            margin += planted(grown[-1:], 0.0).margin(table)
        self.forest_ = planted(grown, bias)
        return self

    def _log_odds(self, table: Floats) -> Floats:
        return self.forest_.margin(table)

    def _evasions(
        self, forest: Forest, malicious: Floats, space: TabularSpace, rng: np.random.Generator
    ) -> tuple[Floats, Floats, float]:
        """Evasions of some of the malicious rows, their margins, and what each weighs."""
        some = rng.permutation(len(malicious))[: self.attacked if self.cost else 0]
        of, chosen = cells(forest, malicious.shape[1]), malicious[some]
        found = scattered(of, chosen, lowered(of, chosen, space, self.cost, _STEPS), space, self.cost, rng)
        return found, forest.margin(found), len(malicious) / max(1, len(some))

    def _tree(
        self,
        table: Floats,
        second: NDArray[np.int64],
        margin: Floats,
        evasions: tuple[Floats, Floats, float],
        rng: np.random.Generator,
    ) -> Tree:
        """A tree whose leaves take a Newton step down the logistic loss."""
        found, reached, weight = evasions
        said = expit(np.append(margin, reached))
        curved = np.maximum(said * (1 - said), _FLAT)
        weights = curved * np.repeat([1.0, weight], [len(table), len(found)])
        steps = (np.append(second, np.ones(len(found))) - said) / curved
        seed = int(rng.integers(2**31))
        tree = DecisionTreeRegressor(max_depth=self.depth, min_samples_leaf=self.smallest, random_state=seed)
        grown = tree.fit(np.concatenate([table, found]), steps, sample_weight=weights).tree_
        return tree_of(grown, self.rate * grown.value[:, 0, 0])

    def _check(self) -> None:
        if not 0 <= self.cost < np.inf:
            raise InvalidInput("cost", self.cost, "must be a finite number, at least 0")
        if not 0 < self.rate <= 1:
            raise InvalidInput("rate", self.rate, "must lie in (0, 1]")
        for name in ("trees", "depth", "smallest", "attacked"):
            if getattr(self, name) < 1:
                raise InvalidInput(name, getattr(self, name), "must be at least 1")


@reads(Forest, "AdversarialBoosting")
def _forest(model: AdversarialBoosting) -> Forest:
    """The trees as they are."""
    return model.forest_
