"""What attacks along gradients share: from changes that flow to rows of the space that win, as cheap as can be."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.lockstep import Search, search, wins
from amlsec.attacks.table_steps import Task, cheapen
from amlsec.budget import EvasionBudget
from amlsec.data import Rows
from amlsec.oracle import Model, Oracle
from amlsec.space.contract import Space
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.threat import Access
from amlsec.whitebox import field as fields
from amlsec.whitebox.descent import Descent
from amlsec.whitebox.look import inside
from amlsec.whitebox.norms import least
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]

_TRIES = 240
"""Verdicts of his own copy of the model that are asked for to make one win cheaper."""
_SINGLE_STEPS = 40
_MOST_CODES = 200


def descended(
    oracle: Oracle, X: Rows, descent: Descent, *, space: Space, budget: EvasionBudget, rng: np.random.Generator
) -> Rows:
    """Each row's cheapest win that a descent leads to, within the budget.

    Takes rows (n, d) that are not judged as wanted; returns them, each with the cheapest change found, or as it was. He who
    holds the parameters asks his own copy of the model, so no queries are spent. Raises NotApplicable where the model
    has no slope, InvalidInput where the space is neither a table's nor one of images, ModelFailed where the gradient is
    not finite.
    """
    if not len(X) or not budget.cost:
        return X
    found = Wins(oracle.parameters(), oracle.wanted, X, space, budget.cost)
    reach(found, descent, rng)
    return cheaper(found, budget, rng)


def reach(found: Wins, descent: Descent, rng: np.random.Generator) -> None:
    """Run a descent from the rows and, in tables, from the rows with those choices changed that are worth their price."""
    slope, streams = inside(found.model, Slope), rng.spawn(len(found.X))
    for start in _starts(found, slope):
        spent = found.space.cost(found.X, start.astype(found.X.dtype))
        at = fields.field(start, fields.reach(found.space, start), slope, found.wanted)
        limit = np.minimum(np.maximum(found.most - spent, 0.0), at.reach.length)
        for U in descent(at, limit, streams):
            found.land(at, U)


def leap(found: Wins, rng: np.random.Generator, draws: int = 40) -> None:
    """Offer what no slope leads to: benign rows that the space knows, and random changes of any size within the cost."""
    known = getattr(found.space, "examples", found.X[:0])
    for row in known[:draws]:
        found.offer(np.broadcast_to(row, found.X.shape))
    for _ in range(draws):
        found.offer(found.space.sample(np.asarray(found.X, dtype=np.float64), found.most, rng))


@dataclass(slots=True, eq=False)
class Wins:
    """The cheapest row seen that the model judges as wanted, for each row under attack.

    He who holds the parameters asks his own copy: no queries are spent.
    """

    model: Model
    wanted: int
    X: Rows
    space: Space
    most: float
    best: Rows = field(init=False)
    price: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.best, self.price = self.X.copy(), np.full(len(self.X), np.inf)

    def offer(self, rows: Floats) -> None:
        """Pull these rows (n, d) into the space and within the cost; keep those that win more cheaply than before."""
        changed = self.space.project(self.X, rows, self._bound).astype(self.X.dtype)
        cost = self.space.cost(self.X, changed)
        at = np.flatnonzero((cost <= self.most + 1e-9) & (cost < self.price))
        won = at[self.model.labels(changed[at]) == self.wanted] if len(at) else at
        self.best[won], self.price[won] = changed[won], cost[won]

    def land(self, at: fields.Field, U: Floats) -> None:
        """Offer changes that flow: as they are, on the grid on either side, and from the near side step by step."""
        rows = at.rows(U)
        self.offer(rows)
        if isinstance(self.space, TabularSpace) and (self.space.grid > 0).any():
            self.offer(_on_grid(rows, self.X, self.space.grid, np.ceil))
            self._step(at, _on_grid(rows, self.X, self.space.grid, np.floor))

    def _step(self, at: fields.Field, rows: Floats) -> None:
        """From changes rounded down: one step of the grid at a time, the best by the gradient for its price."""
        grid, rate = at.reach.rate * 0 + _grid(self.space), at.reach.rate
        U = np.clip((rows - at.start) * rate, at.reach.low, at.reach.high)
        for _ in range(min(_SINGLE_STEPS, len(grid))):
            self.offer(at.rows(U))
            G, left = at.uphill(U), self.most - self.space.cost(self.X, self.space.project(self.X, at.rows(U), np.inf))
            stepped = U - np.sign(G) * grid * rate
            may = (stepped >= at.reach.low) & (stepped <= at.reach.high) & (np.abs(stepped) - np.abs(U) <= left[:, None])
            gain = np.where(may & (grid > 0), np.abs(G), 0.0)
            chosen = np.eye(len(grid), dtype=bool)[gain.argmax(axis=1)] & (gain > 0) & np.isinf(self.price)[:, None]
            if not chosen.any():
                return
            U = np.where(chosen, stepped, U)
        self.offer(at.rows(U))

    @property
    def _bound(self) -> float:
        """The cost to project to: a little less where single precision may round up."""
        return self.most if self.X.dtype == np.float64 else self.most * (1 - 1e-6)


def _grid(space: Space) -> Floats:
    """What values of each column are multiples of; 0 where they flow, and for categories, which have no steps."""
    assert isinstance(space, TabularSpace)
    return np.array([0.0 if c.kind == Kind.CATEGORY else c.grid for c in space.columns])


def _on_grid(rows: Floats, X: Rows, grid: Floats, rounded: np.ufunc) -> Floats:
    """The rows with each change rounded away from the row in hand (`np.ceil`), or towards it (`np.floor`)."""
    unit = np.where(grid > 0, grid, 1.0)
    moved = rows - X
    size = rounded(np.round(np.abs(moved) / unit, 9)) * unit
    return np.asarray(np.where(grid > 0, X + np.sign(moved) * size, rows))


def _starts(found: Wins, slope: Slope) -> list[Floats]:
    """The rows, and where categories or one-hot groups are worth changing the rows with these changed."""
    X = np.asarray(found.X, dtype=np.float64)
    if not isinstance(found.space, TabularSpace):
        return [X]
    changed = _other_choices(found, slope, X)
    return [X] if (changed == X).all() else [X, changed]


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """Columns (k,) that hold one choice, the values of each option (options, k), and what another choice costs."""

    columns: NDArray[np.intp]
    options: Floats
    price: float


def _choices(space: TabularSpace) -> list[_Choice]:
    """The categories and the one-hot groups that an attacker may change."""
    place = {column.name: j for j, column in enumerate(space.columns)}
    free = set(space.changeable.tolist())
    found = [_codes(j, space.columns[j]) for j in sorted(free) if space.columns[j].kind == Kind.CATEGORY]
    for group in space.groups:
        at = np.array([place[name] for name in group.columns])
        found += [_Choice(at, np.eye(len(at)), group.price)] if set(at.tolist()) <= free else []
    return found


def _codes(j: int, column: Column) -> _Choice:
    return _Choice(np.array([j]), np.arange(column.low, column.high + 1)[:_MOST_CODES, None], column.rate)


def _other_choices(found: Wins, slope: Slope, X: Floats) -> Floats:
    """The rows with those choices changed that stand before the win when all changes are ranked by loss per cost."""
    space = found.space
    assert isinstance(space, TabularSpace)
    at = fields.field(X, fields.reach(space, X), slope, found.wanted)
    G, height = at.uphill(np.zeros_like(X)), at.height(np.zeros_like(X))
    cost, best = np.where(G > 0, -at.reach.low, at.reach.high), X.copy()
    loss = np.abs(G) * cost
    for choice in (choices := _choices(space)):
        heights, first = _heights(at, choice), choice.columns[0]
        loss[:, first], cost[:, first] = np.maximum(height - heights.min(axis=1), 0.0), choice.price
        best[:, choice.columns] = choice.options[heights.argmin(axis=1)]
    needed = _before_the_win(loss, cost, height, found.most)
    for choice in choices:
        needed[:, choice.columns] = needed[:, choice.columns[:1]]
    return np.where(needed, best, X)


def _heights(at: fields.Field, choice: _Choice) -> Floats:
    """What is left to lose after each option (n, options)."""
    tried = np.repeat(at.start[None], len(choice.options), axis=0)
    tried[:, :, choice.columns] = choice.options[:, None, :]
    return np.stack([at.height((rows - at.start) * at.reach.rate) for rows in tried], axis=1)


def _before_the_win(loss: Floats, cost: Floats, height: Floats, most: float) -> NDArray[np.bool_]:
    """Of the changes in order of loss per cost, those needed to lose the height, and paid for by the budget."""
    order = np.argsort(-loss / np.maximum(cost, 1e-300), axis=1, kind="stable")
    ranked, paid = (np.take_along_axis(values, order, axis=1) for values in (loss, cost))
    needed = (ranked.cumsum(axis=1) - ranked < height[:, None]) & (paid.cumsum(axis=1) <= most) & (ranked > 0)
    kept = np.zeros(loss.shape, dtype=bool)
    np.put_along_axis(kept, order, needed, axis=1)
    return kept


def cheaper(found: Wins, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """The wins made cheaper by verdicts of his own copy: along the straight way back, in tables column by column too."""
    won = np.flatnonzero(np.isfinite(found.price))
    if not len(won):
        return found.best
    _halve(found)
    if not isinstance(found.space, TabularSpace):
        return found.best
    return _column_by_column(found, found.space, won, budget, rng)


def _halve(found: Wins) -> None:
    far, near = np.asarray(found.best, dtype=np.float64), np.asarray(found.X, dtype=np.float64)

    def holds(share: Floats) -> NDArray[np.bool_]:
        before = found.price.copy()
        found.offer(near + share[:, None] * (far - near))
        return found.price < before

    least(holds, np.ones(len(far)), 12)


def _column_by_column(
    found: Wins, space: TabularSpace, won: NDArray[np.intp], budget: EvasionBudget, rng: np.random.Generator
) -> Rows:
    own = Oracle(found.model, access=Access.LABELS, rows=len(won), queries=_TRIES, wanted=found.wanted)
    starts, hands = found.X[won].astype(np.float64), iter(found.best[won].astype(np.float64))

    def start(x: Floats, stream: np.random.Generator) -> Search:
        hand = next(hands)
        yield wins(hand[None])
        yield from cheapen(Task(x, space, budget, stream), hand)

    rows = found.best.astype(np.float64)
    rows[won] = search(own, starts, start, space=space, budget=EvasionBudget(budget.cost, _TRIES), rng=rng)
    found.offer(rows)
    return found.best
