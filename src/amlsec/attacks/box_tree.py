"""A tree of cuts through a table's slots, grown where answers differ, each cut found on the way between two rows."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.space.slots import Slots

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Search = Generator[Floats, Floats, "Cut | None"]
"""Yields rows (m, k) to ask about, is sent their scores (m,), returns a cut where there is one."""
_COARSE, _ROUNDING = 1e-3, 1e-15


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Values of one slot on one side: numbers up to the one between `last` and `first`, or these `codes` (c,).

    It was seen in the row (k,), whose score is another one beyond the cut.
    """

    slot: int
    row: Floats
    last: float = 0.0
    first: float = 0.0
    codes: Bools | None = None

    def holds(self, said: Floats) -> Bools:
        """Which rows (n, k) are on the side of the cut."""
        values = said[:, self.slot]
        if self.codes is None:
            middle = self.last + (self.first - self.last) / 2
            return np.asarray(values <= min(middle, np.nextafter(self.first, self.last)))
        known = values.clip(0, len(self.codes) - 1).astype(np.intp)
        return self.codes[known]


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Values from low to high (k,) of the numbers, and of each choice those allowed."""

    low: Floats
    high: Floats
    allowed: dict[int, Bools]

    def sides(self, cut: Cut) -> tuple[Box, Box]:
        """The part that holds, and the part that does not."""
        if cut.codes is not None:
            mine = self.allowed[cut.slot]
            return tuple(replace(self, allowed={**self.allowed, cut.slot: mine & of}) for of in (cut.codes, ~cut.codes))  # type: ignore[return-value]
        high, low = self.high.copy(), self.low.copy()
        high[cut.slot], low[cut.slot] = cut.last, cut.first
        return replace(self, high=high), replace(self, low=low)

    def ends(self, row: Floats) -> Floats:
        """Rows (m, k) that differ from one (k,) of the box in one slot: as far as it goes down and up, every other code."""
        other = [(k, value) for k in range(len(row)) for value in self._values(k) if value != row[k]]
        rows = np.repeat(row[None], len(other), axis=0)
        for i, (k, value) in enumerate(other):
            rows[i, k] = value
        return rows

    def _values(self, k: int) -> list[float]:
        if k in self.allowed:
            return [float(code) for code in np.flatnonzero(self.allowed[k])]
        return [*{float(self.low[k]), float(self.high[k])}]


def whole(slots: Slots) -> Box:
    """The box of all rows within the bounds."""
    return Box(slots.low, slots.high, {k: np.ones(many, dtype=bool) for k, many in enumerate(slots.codes) if many})


@dataclass(slots=True, eq=False)
class Node:
    """A cell, with the rows asked about in it (m, k) and their scores (m,); or a cut, and what lies on its sides.

    `own` are the rows (n, k) of the population that are known to lie in it, `cuts` those that were seen in it,
    and `searches` how often it was searched for one. A cell whose scores differ may have a `guess` at where.
    """

    box: Box
    own: Floats
    rows: Floats
    scores: Floats
    cuts: list[Cut] = field(default_factory=list)
    searches: int = 0
    guess: Any = None
    cut: Cut | None = None
    sides: tuple[Node, ...] = ()

    @property
    def mixed(self) -> bool:
        """Whether scores differ within the cell."""
        return bool((self.scores != self.scores[0]).any())

    @property
    def score(self) -> float:
        """The cell's most frequent score."""
        values, counts = np.unique(self.scores, return_counts=True)
        return float(values[counts.argmax()])

    def cells(self) -> Iterator[Node]:
        """All cells below."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            waiting.extend(node.sides)
            if node.cut is None:
                yield node

    def guess_where(self, seed: int) -> None:
        """Of each cell whose scores differ, which rows have which, by an ordinary tree."""
        from sklearn.tree import DecisionTreeRegressor

        for cell in self.cells():
            cell.guess = DecisionTreeRegressor(random_state=seed).fit(cell.rows, cell.scores) if cell.mixed else None

    def place(self, rows: Floats, scores: Floats) -> None:
        """Takes rows (m, k) that were asked about, and their scores (m,), into the cells they lie in."""
        for cell, which in self.sorted(rows):
            cell.rows, cell.scores = np.vstack([cell.rows, rows[which]]), np.append(cell.scores, scores[which])

    def sorted(self, rows: Floats) -> Iterator[tuple[Node, NDArray[np.intp]]]:
        """Cells and which of the rows (m, k) lie in each."""
        waiting = [(self, np.arange(len(rows)))]
        while waiting:
            node, which = waiting.pop()
            if not len(which):
                continue
            if node.cut is None:
                yield node, which
                continue
            holds = node.cut.holds(rows[which])
            waiting += zip(node.sides, (which[holds], which[~holds]), strict=True)

    def split(self, cut: Cut) -> None:
        """Makes a cell two."""
        holds, mine = cut.holds(self.rows), cut.holds(self.own)
        seen: tuple[list[Cut], list[Cut]] = [], []
        for other in self.cuts:
            seen[int(not cut.holds(other.row[None])[0])].append(other)
        one, two = self.box.sides(cut)
        yes = Node(one, self.own[mine], self.rows[holds], self.scores[holds], seen[0])
        no = Node(two, self.own[~mine], self.rows[~holds], self.scores[~holds], seen[1])
        self.cut, self.sides = cut, (yes, no)


@dataclass(frozen=True, slots=True, eq=False)
class BoxTree:
    """A tree as a model, whose verdict turns above the score `edge`."""

    slots: Slots
    root: Node
    edge: float

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return (self.scores(X) > self.edge).astype(np.int64)

    def scores(self, X: Rows, /) -> Floats:
        rows, found = self.slots.read(X), np.zeros(len(X))
        for cell, which in self.root.sorted(rows):
            found[which] = cell.score if cell.guess is None else cell.guess.predict(rows[which])
        return found

    @property
    def leaves(self) -> int:
        """How many cells there are."""
        return sum(1 for _ in self.root.cells())


def clean(cell: Node, cuts: Sequence[Cut]) -> tuple[Cut | None, float]:
    """The cut that best keeps rows of equal score on one side, and how well: 1 where it parts no score, 0 for none.

    Where every leaf has a score of its own, the cut at a tree's root parts none. Of equal ones the more telling is taken.
    """
    told, best = np.unique(cell.scores, return_inverse=True)[1], (0.0, 0.0)
    found = None
    for cut in cuts:
        kept = _kept(cut.holds(cell.rows), told)
        if kept > best:
            found, best = cut, kept
    return found, best[0]


def _kept(side: Bools, told: NDArray[np.intp]) -> tuple[float, float]:
    """What the side of a row says of its score, as a part of what it could say, and in bits."""
    if side.all() or not side.any():
        return 0.0, 0.0
    table = np.stack([np.bincount(told[part], minlength=told.max() + 1) for part in (side, ~side)]) / len(told)
    sides = _bits(table.sum(axis=1))
    gain = sides + _bits(table.sum(axis=0)) - _bits(table)
    return round(float(gain / sides), 9), float(gain)


def _bits(shares: Floats) -> float:
    return float(-np.sum(shares * np.log2(np.where(shares > 0, shares, 1.0))))


def searched(cell: Node, slots: Slots, rng: np.random.Generator) -> Search:
    """Looks for a cut of a cell: between two of its rows whose scores differ, else asks at its ends whether there are any.

    Thresholds are found to a thousandth of the slot's range; `refined` goes on from there.
    """
    if not cell.mixed:
        asked = {row.tobytes() for row in cell.rows}
        ends = [row for row in cell.box.ends(cell.rows[0]) if row.tobytes() not in asked]
        yield np.array(ends).reshape(-1, len(cell.rows[0]))
    one = rng.integers(len(cell.rows))
    differ = (cell.scores != cell.scores[one]) & (cell.rows != cell.rows[one]).any(axis=1)
    if not differ.any():
        return None
    here, there = cell.rows[one].copy(), cell.rows[rng.choice(np.flatnonzero(differ))]
    slot = yield from _turning(here, there, cell.scores[one], rng)
    if slot in cell.box.allowed:
        return (yield from _codes(cell.box.allowed[slot], here, slot, cell.scores[one]))
    near, far = float(here[slot]), float(there[slot])
    return (
        yield from _threshold(here, slot, (near, far), cell.scores[one], float(slots.grid[slot]), _gap(slots, slot, _COARSE))
    )


def refined(cut: Cut, slots: Slots, precision: float) -> Search:
    """The same cut, its threshold found to this part of the slot's range."""
    here = cut.row.copy()
    here[cut.slot] = cut.last
    score = (yield here[None].copy())[0]
    gap = _gap(slots, cut.slot, precision)
    return (yield from _threshold(here, cut.slot, (cut.last, cut.first), score, float(slots.grid[cut.slot]), gap))


def is_fine(cut: Cut, slots: Slots, precision: float) -> bool:
    """Whether a cut's threshold is known as well as it is to be."""
    return cut.codes is not None or cut.first - cut.last <= _gap(slots, cut.slot, precision)


def _gap(slots: Slots, slot: int, precision: float) -> float:
    """How far apart the numbers on either side of a threshold may be; of a grid, one step and a half."""
    return float(
        slots.grid[slot] * 1.5 or max(precision * (slots.high[slot] - slots.low[slot]), _ROUNDING * _largest(slots, slot))
    )


def _largest(slots: Slots, slot: int) -> float:
    return float(max(abs(slots.low[slot]), abs(slots.high[slot])))


def _turning(here: Floats, there: Floats, score: float, rng: np.random.Generator) -> Generator[Floats, Floats, int]:
    """Moves `here`, slot after slot, towards `there` as far as the score stays, and returns the slot that changes it."""
    order = rng.permutation(np.flatnonzero(here != there))
    low, high = 0, len(order)
    while high - low > 1:
        middle = (low + high) // 2
        tried = here.copy()
        tried[order[:middle]] = there[order[:middle]]
        stays = (yield tried[None])[0] == score
        low, high = (middle, high) if stays else (low, middle)
    here[order[:low]] = there[order[:low]]
    return int(order[low])


def _codes(allowed: Bools, here: Floats, slot: int, score: float) -> Search:
    """The codes under which the score stays."""
    codes = np.flatnonzero(allowed)
    rows = np.repeat(here[None], len(codes), axis=0)
    rows[:, slot] = codes
    same = np.zeros(len(allowed), dtype=bool)
    same[codes[(yield rows) == score]] = True
    return Cut(slot, here, codes=same)


def _threshold(here: Floats, slot: int, ends: tuple[float, float], score: float, grid: float, gap: float) -> Search:
    """The numbers between two ends, no more than a gap apart, between which the score changes."""
    near, far = ends
    while abs(far - near) > gap:
        middle = _middle(near, far, grid)
        if middle in (near, far):
            break
        here[slot] = middle
        stays = (yield here[None].copy())[0] == score
        near, far = (middle, far) if stays else (near, middle)
    return Cut(slot, here, min(near, far), max(near, far))


def _middle(one: float, two: float, grid: float) -> float:
    middle = one + (two - one) / 2
    return float(np.floor(middle / grid) * grid) if grid else middle
