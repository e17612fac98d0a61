"""Made-up rows of a table that tell the parameters of a linear model apart: one slot changed at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.linear_copy import Features, exact
from amlsec.data import BENIGN, Batch, Rows
from amlsec.space.slots import Slot, Slots

Floats = NDArray[np.float64]
Ask = Callable[[Rows], Floats]
_STARTS, _HALVINGS, _SHORTER = 16, 40, 12


class TableDesign:
    """Columns as they are, and for each choice but the first an indicator.

    Attributes
    ----------
    slots : of the table
    own : rows (n, k) that he has, by slots
    """

    whole = True

    def __init__(self, slots: Slots, own: Batch, rng: np.random.Generator) -> None:
        self.slots, self.own, self.rng = slots, slots.read(own.X), rng
        benign = self.own[own.y == BENIGN] if (own.y == BENIGN).any() else self.own
        middle = np.median(benign, axis=0) if len(benign) else (slots.low + slots.high) / 2
        self.start = slots.inside(np.where(slots.codes > 0, _usual(benign, middle), middle))

    def features(self) -> Sequence[Features]:
        return (self._indicators,)

    def first(self, ask: Ask) -> bool:
        """One row, from which a model is not sure that it is malicious, and for each parameter one that differs there."""
        base = self._base(ask)
        steps = Steps(self.slots, base)
        open_ = np.arange(len(steps))
        for shorter in range(_SHORTER):
            scores = ask(self.slots.rows(steps.rows(open_, shorter)))
            if len(scores) < len(open_):
                return False
            vague = open_[~exact(scores)]
            open_ = vague[steps.shrinks[vague]]
            if not len(open_):
                return not len(vague)
        return False

    def more(self, n: int, rng: np.random.Generator) -> Rows:
        """Each slot from a row of his own, drawn anew; one in four rows from anywhere between the bounds."""
        return self.slots.rows(mixed(self.slots, self.own, n, rng))

    def _base(self, ask: Ask) -> Floats:
        """A row whose score is exact: the usual benign one, another of his, or one on the way between two."""
        if exact(ask(self.slots.rows(self.start[None]))).all():
            return self.start
        rows = np.concatenate([self.rng.permutation(self.own)[:_STARTS], self.slots.uniform(_STARTS, self.rng)])
        scores = ask(self.slots.rows(rows))
        fine = exact(scores)
        if fine.any():
            return np.asarray(rows[: len(scores)][fine][np.abs(scores[fine] - 0.5).argmin()])
        return self._between(rows[scores.argmin()], rows[scores.argmax()], ask) if len(scores) else self.start

    def _between(self, low: Floats, high: Floats, ask: Ask) -> Floats:
        """A row with an exact score on the way from one that is surely benign to one that is surely malicious."""
        middle = low
        for _ in range(_HALVINGS):
            middle = self.slots.inside((low + high) / 2)
            score = ask(self.slots.rows(middle[None]))
            if not len(score) or exact(score)[0]:
                return middle
            low, high = (low, middle) if score[0] > 0.5 else (middle, high)
        return middle

    def _indicators(self, X: Rows) -> Floats:
        said = zip(self.slots.all, self.slots.read(X).T, self.start, strict=True)
        return np.hstack([np.zeros((len(X), 0)), *(_seen(slot, values, start) for slot, values, start in said)])


def _seen(slot: Slot, values: Floats, start: float) -> Floats:
    """How far a number (n,) is from where he starts, in its scale; of choices which they are, all but the first."""
    if slot.codes:
        return np.asarray(values[:, None] == np.arange(1, slot.codes), dtype=np.float64)
    return np.asarray((values[:, None] - start) / slot.scale)


class Steps:
    """The changes of a base row, each in one slot: a number moved, or another choice."""

    def __init__(self, slots: Slots, base: Floats) -> None:
        self.slots, self.base = slots, base
        targets = [(k, value) for k in range(len(slots.all)) for value in self._targets(k)]
        self.slot = np.array([k for k, _ in targets], dtype=np.intp)
        self.target = np.array([value for _, value in targets], dtype=np.float64)
        self.shrinks = (slots.codes == 0)[self.slot] & (slots.grid == 0)[self.slot]

    def __len__(self) -> int:
        return len(self.slot)

    def rows(self, which: NDArray[np.intp], shorter: int) -> Floats:
        """Rows (m, k) that each make one of the changes, the part 4^-shorter of it."""
        rows = np.repeat(self.base[None], len(which), axis=0)
        at, here = self.slot[which], self.base[self.slot[which]]
        rows[np.arange(len(which)), at] = here + (self.target[which] - here) / 4**shorter
        return rows

    def _targets(self, k: int) -> list[float]:
        slot, here = self.slots.all[k], self.base[k]
        if slot.codes:
            return [float(code) for code in range(slot.codes) if code != here]
        return [_moved(here, slot.low, slot.high, slot.scale, slot.grid)] if slot.low < slot.high else []


def _moved(here: float, low: float, high: float, scale: float, grid: float) -> float:
    """A value about one scale away, on the side where there is more room."""
    far = max(np.round(scale / grid), 1) * grid if grid else scale
    return float(min(here + far, high) if high - here >= here - low else max(here - far, low))


def mixed(slots: Slots, own: Floats, n: int, rng: np.random.Generator) -> Floats:
    """n rows (n, k) whose slots are each taken from two rows of his own; one in four from anywhere."""
    drawn = slots.uniform(n, rng)
    if len(own):
        pair = own[rng.integers(len(own), size=(2, n))]
        return np.where(rng.random((n, 1)) < 0.75, np.where(rng.random(drawn.shape) < 0.5, *pair), drawn)
    return drawn


def _usual(rows: Floats, otherwise: Floats) -> Floats:
    """The most frequent value of each slot (k,)."""
    if not len(rows):
        return np.floor(otherwise)
    counted = [np.unique(values, return_counts=True) for values in rows.T]
    return np.array([values[counts.argmax()] for values, counts in counted])
