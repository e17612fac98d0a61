"""PGD training: a network that learns from the worst rows within an attacker's reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amlsec.catalogue import learner
from amlsec.defenses import nets
from amlsec.defenses.learners.log_odds import LogOdds
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space
from amlsec.space.tabular import infer
from amlsec.threat import Influence, ThreatModel, Violation
from amlsec.whitebox import field as fields
from amlsec.whitebox.descent import projected_steps
from amlsec.whitebox.families.torch_modules import module_slope
from amlsec.whitebox.look import reads
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]

_WARM = 0.5
"""Share of the training in which the attacker's reach grows to what it will be."""


@learner(
    threats=(
        ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY),
        ThreatModel(Influence.EXPLORATORY, Violation.AVAILABILITY),
    ),
    spaces=("tabular", "image"),
    references=("madry2018towards",),
)
class PGDTraining(LogOdds):
    """Trains a network on the rows that PGD finds around the training rows, in the space's own cost.

    Madry et al. (2018), equation 2.1: the inner maximum by `steps` projected gradient steps from a random change, of
    rows of both classes; its reach grows evenly over the first half of the epochs. Categories and whole numbers: the
    inner attack lets whole numbers flow and leaves categories as they are. No certificate is given; the price is
    accuracy on rows that nobody changed. Needs torch: pip install 'amlsec[torch]'.

    Parameters
    ----------
    space : what an attacker can change, and at what cost; None takes the space that the training rows suggest
    cost : the most that a change may cost, in the space's unit, at least 0; with 0 it is plain training
    steps : of the inner attack, at least 1
    hidden : units of each hidden layer
    epochs, batch, rate : passes over the rows, rows a step, and first step length of Adam
    random_state : seed of weights, batches and random changes

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    module_ : the trained torch module, of columns with mean 0 and deviation 1

    Raises InvalidInput where torch is missing, a setting is out of range, or there are not two labels.

    >>> import pytest; _ = pytest.importorskip("torch")
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(80) % 2
    >>> X = rng.normal(3.0 * y[:, None], 1.0, (80, 2))
    >>> PGDTraining(epochs=20).fit(X, y).predict([[0.0, 0.0], [3.0, 3.0]])
    array([0, 1])
    """

    def __init__(
        self,
        *,
        space: Space | None = None,
        cost: float = 1.0,
        steps: int = 7,
        hidden: Sequence[int] = (32, 32),
        epochs: int = 40,
        batch: int = 64,
        rate: float = 0.005,
        random_state: int | None = 0,
    ) -> None:
        self.space = space
        self.cost = cost
        self.steps = steps
        self.hidden = hidden
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[Any], /) -> Self:
        """Train on rows (n, d) and their labels (n,), of two kinds."""
        self._check()
        nets.torch()
        table, index = self._learned_from(X, y)
        self.center_, self.scale_ = table.mean(axis=0), np.where(np.ptp(table, axis=0) > 0, table.std(axis=0), 1.0)
        self._train(table, index)
        return self

    def _log_odds(self, table: Floats) -> Floats:
        return _slope(self).margin(table)

    def _train(self, table: Floats, index: NDArray[np.int64]) -> None:
        space = infer(table, [f"x{j}" for j in range(table.shape[1])]) if self.space is None else self.space
        seed = int(np.random.default_rng(self.random_state).integers(2**31))
        rng = np.random.default_rng(seed)

        def harder(_: Any, rows: Floats, labels: NDArray[np.int64], done: float) -> Floats:
            cost = self.cost * min(1.0, done / _WARM)
            return self._scaled(_worst(_slope(self), rows, labels, space, cost, self.steps, rng))

        self.module_ = nets.untrained(table.shape[1], self.hidden, seed)
        nets.train(self.module_, table, index, harder, epochs=self.epochs, batch=self.batch, rate=self.rate, seed=seed)

    def _scaled(self, table: Floats) -> Floats:
        return np.asarray((table - self.center_) / self.scale_)

    def _check(self) -> None:
        if not 0 <= self.cost < np.inf:
            raise InvalidInput("cost", self.cost, "must be a finite number, at least 0")
        for name in ("steps", "epochs", "batch"):
            if getattr(self, name) < 1:
                raise InvalidInput(name, getattr(self, name), "must be at least 1")
        if not self.rate > 0:
            raise InvalidInput("rate", self.rate, "must be above 0")


@reads(Slope, "PGDTraining")
def _slope(model: PGDTraining) -> Slope:
    """The module's, of columns that are scaled before it sees them."""
    return module_slope(model.module_).after(1 / model.scale_, -model.center_ / model.scale_)


def _worst(
    slope: Slope, X: Floats, y: NDArray[np.int64], space: Space, cost: float, steps: int, rng: np.random.Generator
) -> Floats:
    """The rows within the cost that PGD finds the model most wrong about."""
    if not cost:
        return X
    ground = fields.field(X, fields.reach(space, X), slope, 1 - y)
    limit = np.minimum(cost, ground.reach.length)
    return ground.rows(projected_steps(ground, limit, [rng] * len(X), steps)[1])
