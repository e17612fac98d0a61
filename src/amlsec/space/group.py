"""One-hot groups: columns of which exactly one is 1, and the single code that they stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.space.column import Column, Kind, May

_NONE, _BROKEN = -1.0, -2.0
"""Codes of a row whose columns are not one-hot: as it came, or made so."""
_TIE = 1e-9
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of 0 and 1 of which exactly one is 1: one choice among them.

    Attributes
    ----------
    name : for a reader
    columns : names of two columns or more, each integer from 0 to 1, all changeable both ways or none
    price : what another choice costs, above 0

    Raises InvalidInput where the names repeat or are fewer than two, or the price is not a finite number above 0.

    >>> Group("script", ("latin", "greek")).price
    1.0
    """

    name: str
    columns: tuple[str, ...]
    price: float = 1.0

    def __post_init__(self) -> None:
        if len(set(self.columns)) < max(2, len(self.columns)):
            raise InvalidInput(f"columns of group {self.name}", self.columns, "must be two different ones at least")
        if not 0 < self.price < math.inf:
            raise InvalidInput(f"price of group {self.name}", self.price, "must be a finite number above 0")

    def as_category(self, members: Sequence[Column]) -> Column:
        """The category column that these members stand for; raises InvalidInput where they are no 0/1 columns."""
        for column in members:
            flag = (column.kind, column.low, column.high) == (Kind.INTEGER, 0, 1)
            if not flag or column.may != members[0].may or column.may not in (May.BOTH, May.NOT):
                rule = "must be integer from 0 to 1, and may change both ways or not, as the whole group"
                raise InvalidInput(f"column {column.name} of group {self.name}", column, rule)
        top = len(members) - 1
        return Column(
            self.name,
            Kind.CATEGORY,
            0,
            top,
            may=members[0].may,
            price=self.price,
            categories=self.columns,
            usual=_usual(members),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Folding:
    """Which columns of a table are numbers of their own, and which stand for the choices of its groups."""

    kept: NDArray[np.intp]
    members: tuple[NDArray[np.intp], ...]

    def codes(self, X: Rows) -> Rows:
        """The numbers, then each group's code; -1 where a row is not one-hot."""
        return self._stacked(X, [_code(X[:, at], _NONE) for at in self.members])

    def exact(self, X: Rows, changed: Rows) -> Rows:
        """The codes of changed rows; what is not one-hot and not as it was is -2."""
        codes = [_unless_kept(X[:, at], changed[:, at], _code(changed[:, at], _BROKEN)) for at in self.members]
        return self._stacked(changed, codes)

    def wished(self, X: Rows, changed: Rows) -> Rows:
        """The codes that changed rows come nearest to: the largest column's, among equals one that was 0."""
        codes = [_unless_kept(X[:, at], changed[:, at], _nearest(X[:, at], changed[:, at])) for at in self.members]
        return self._stacked(changed, codes)

    def unfolded(self, X: Rows, codes: Rows) -> Rows:
        """Rows with these numbers and codes; a group keeps its columns of `X` where its code is that of `X`."""
        rows = np.empty_like(X)
        rows[:, self.kept] = codes[:, : len(self.kept)]
        for at, code in zip(self.members, codes[:, len(self.kept) :].T, strict=True):
            same = code == _code(X[:, at], _NONE)
            rows[:, at] = np.where(same[:, None], X[:, at], code[:, None] == np.arange(len(at)))
        return rows

    def order(self, order: NDArray[np.intp]) -> NDArray[np.intp]:
        """An order of the table's columns as one of numbers and codes, each where its first column stands."""
        place = np.empty(len(order), dtype=np.intp)
        place[self.kept] = np.arange(len(self.kept))
        for k, at in enumerate(self.members):
            place[at] = len(self.kept) + k
        folded = place[order]
        return folded[np.sort(np.unique(folded, return_index=True)[1])]

    def _stacked(self, rows: Rows, codes: list[NDArray[np.float64]]) -> Rows:
        return np.column_stack([rows[:, self.kept], *codes])


def _code(block: Rows, otherwise: float) -> NDArray[np.float64]:
    one_hot = ((block == 0) | (block == 1)).all(axis=1) & (np.clip(block, 0, 1).sum(axis=1) == 1)
    return np.where(one_hot, block.argmax(axis=1), otherwise)


def _nearest(own: Rows, block: Rows) -> NDArray[np.float64]:
    wish = np.clip(block, 0, 1)
    best = (wish + _TIE * (own != 1)).argmax(axis=1).astype(np.float64)
    return np.where(wish.max(axis=1) > 0, best, _code(own, _NONE))


def _unless_kept(own: Rows, block: Rows, code: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where((own == block).all(axis=1), _code(own, _NONE), code)


def _usual(members: Sequence[Column]) -> tuple[float, ...]:
    """Each code as often as its column is 1 among the usual values; none where no column has any."""
    often = [float(np.mean(column.usual or (0.0,))) for column in members]
    return tuple(float(code) for code, share in enumerate(often) for _ in range(round(share * _REMEMBERED)))
