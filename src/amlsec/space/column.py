"""One column of a table: what it holds, and what an attacker may do to it at which price."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from amlsec.errors import InvalidInput


class Kind(StrEnum):
    """What a column holds."""

    NUMERIC = "numeric"
    INTEGER = "integer"
    CATEGORY = "category"
    ORDINAL = "ordinal"

    @property
    def is_named(self) -> bool:
        """Whether its codes stand for names."""
        return self in (Kind.CATEGORY, Kind.ORDINAL)


class May(StrEnum):
    """Which way an attacker may change a column."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : as in the table's header
    kind : numbers are priced by distance, ordinals by how many ranks apart, categories by the change as such
    low, high : the least and the largest value, in the column's unit; whole for integers and codes, else multiples of `step`
    scale : the distance that costs 1 (a change of category costs 1), above 0
    may : which way an attacker may change it; categories have no order, so `both` or `not`
    price : multiplies the cost, above 0
    categories : the names behind the codes 0, 1, ..., of an ordinal from the lowest rank up; empty for numbers
    step : numeric values are multiples of it; 0 where they flow; integers and codes are whole in any case
    usual : values that real rows have, as often as they have them; empty where none were seen

    Raises InvalidInput, naming the column, where a value breaks these rules.

    >>> Column("links", Kind.INTEGER, 0, 9, may=May.UP).shown(3.0)
    '3'
    """

    name: str
    kind: Kind
    low: float
    high: float
    scale: float = 1.0
    may: May = May.BOTH
    price: float = 1.0
    categories: tuple[str, ...] = ()
    usual: tuple[float, ...] = ()
    step: float = 0.0

    def __post_init__(self) -> None:
        self._require("step", 0 <= self.step < math.inf, "must be a finite number, at least 0")
        for key in ("low", "high"):
            self._require(key, math.isfinite(getattr(self, key)), "must be a finite number")
            self._require(key, self.is_fluid or getattr(self, key) % 1 == 0, f"must be whole, the column is {self.kind}")
            self._require(key, self._on_step(getattr(self, key)), f"must be a multiple of the step, {self.step:g}")
        for key in ("scale", "price"):
            self._require(key, 0 < getattr(self, key) < math.inf, "must be a finite number above 0")
        self._require("low", self.low <= self.high, f"must not exceed high, {self.high}")
        self._require("may", self.kind != Kind.CATEGORY or self.may in (May.BOTH, May.NOT), "a category has no up or down")

    @property
    def is_fluid(self) -> bool:
        """Whether it holds numbers that need not be whole."""
        return self.kind == Kind.NUMERIC

    @property
    def grid(self) -> float:
        """What its values are multiples of; 0 where they flow."""
        return self.step if self.is_fluid else 1.0

    @property
    def rate(self) -> float:
        """What one unit of distance costs; for a category, what a change costs."""
        return self.price / (1.0 if self.kind == Kind.CATEGORY else self.scale)

    def shown(self, value: float) -> str:
        """The value as a reader knows it."""
        if self.categories and 0 <= value < len(self.categories):
            return self.categories[int(value)]
        return f"{value:.6g}" if self.is_fluid else f"{value:.0f}"

    def _on_step(self, value: float) -> bool:
        return not (self.is_fluid and self.step) or abs(math.remainder(value, self.step)) <= 1e-6 * self.step

    def _require(self, key: str, holds: bool, rule: str) -> None:
        if not holds:
            raise InvalidInput(f"{key} of column {self.name}", getattr(self, key), rule)
