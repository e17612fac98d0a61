"""Training points that climb the validation loss of a support vector machine, one after another."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.svm_influence import Machine, direct, gradient
from amlsec.data import Batch, Rows
from amlsec.space.contract import Space

_STEPS = 20
_SHORTEST = 1 / 16
"""Of the first step; a search with shorter steps has arrived."""
_GAIN = 1e-6
_FLAT = 1e-9
_SOLVER = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What he rehearses with.

    Attributes
    ----------
    svm : unfitted SVC of kernel "linear", "rbf" or "poly", its gamma a number
    train : rows of others that he trains on, as the machine sees them
    validation : rows whose loss he climbs, as the machine sees them
    space : what rows may look like, before the machine's preprocessing
    see, back : a table's rows to the machine's, and the other way round
    weight : how many training rows each point stands for, above 0
    """

    svm: Any
    train: Batch
    validation: Batch
    space: Space
    see: Callable[[Rows], Rows]
    back: Callable[[Rows], Rows]
    weight: float = 1.0

    @property
    def stride(self) -> float:
        """The first step: half the usual distance of a row from the middle."""
        return float(np.linalg.norm(self.train.X - self.train.X.mean(axis=0), axis=1).mean()) / 2

    def machine(self, points: Batch) -> Machine:
        """The machine trained on the others' rows and these points."""
        rows = self.train + Batch(self.see(points.X), points.y)
        weight = np.repeat([1.0, self.weight], [len(self.train), len(points)])
        svm = _fitted(self.svm, rows, weight)
        return Machine(svm, rows, svm.C * svm.class_weight_[rows.y] * weight)


def _fitted(svm: Any, rows: Batch, weight: NDArray[np.float64]) -> Any:
    """A clone, trained as far as a rehearsal needs: points far out can keep the solver busy for hours."""
    from sklearn.base import clone
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return clone(svm).set_params(max_iter=_SOLVER).fit(rows.X, rows.y, sample_weight=weight)


def best_points(stage: Stage, starts: Batch, many: int, *, runs: int, rounds: int, rng: np.random.Generator) -> Batch:
    """The points (many,) of the run with the greatest validation loss.

    Biggio, Nelson and Laskov (2012): each point starts at a row of `starts`, which carry the label the points get, and
    climbs after those before it are placed. Then, in each of `rounds`, every point climbs again. Each run has its own
    seed, drawn in order, and no step lowers the loss: more runs or rounds never make the points weaker on the validation
    rows.
    """
    found = [_run(stage, starts, many, rounds, child) for child in rng.spawn(runs)]
    return max(found, key=lambda points: stage.machine(points).loss(stage.validation))


def _run(stage: Stage, starts: Batch, many: int, rounds: int, rng: np.random.Generator) -> Batch:
    chosen = starts.rows(np.resize(rng.permutation(len(starts)), many))
    points = chosen.rows(slice(0))
    for at in range(many):
        points = climbed(stage, points + chosen.rows([at]), at)
    for at in np.tile(np.arange(many), rounds):
        points = climbed(stage, points, at)
    return points


def climbed(stage: Stage, points: Batch, at: int) -> Batch:
    """The points with one moved along the gradient, by steps that are halved where they do not raise the loss."""
    machine = stage.machine(points)
    best, step = machine.loss(stage.validation), stage.stride
    shortest = step * _SHORTEST
    for _ in range(_STEPS):
        if step < shortest:
            break
        moved = _moved(stage, points, at, step * _direction(stage, machine, len(stage.train) + at))
        tried = stage.machine(moved)
        loss = tried.loss(stage.validation)
        if loss > best * (1 + _GAIN):
            points, machine, best = moved, tried, loss
        else:
            step /= 2
    return points


def _moved(stage: Stage, points: Batch, at: int, step: NDArray[np.float64]) -> Batch:
    X, old = points.X.copy(), points.X[[at]]
    X[at] = stage.space.project(old, stage.back(stage.see(old) + step), np.inf)[0]
    return Batch(X, points.y)


def _direction(stage: Stage, machine: Machine, at: int) -> NDArray[np.float64]:
    """The gradient's, or where it vanishes that of its direct part, as length 1.

    A linear machine in d dimensions is held by d + 1 rows on the margin, and does not move with any other for a while.
    """
    way, through = (of(machine, at, stage.validation) for of in (gradient, direct))
    length = np.linalg.norm(way)
    if length <= _FLAT * np.linalg.norm(through):
        way, length = through, np.linalg.norm(through)
    return way / length if length else way
