"""Recipes: what a canary could as well have been."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice, product
from typing import Annotated, Any, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, field_validator

Cell = str | float
Row = str | Mapping[str, Cell]
"""A text, or a value for each column of a table."""
LONGEST_TEXT, MOST_CHOICES = 100_000, 1_000
ROUNDS = 50
"""So often as many rows are drawn as are wanted, before a recipe is held to give no more new ones."""


class Recipe(Protocol):
    """What a canary is drawn from: one of the choices in each place."""

    @property
    def seed(self) -> int:
        """Of the alternatives that are drawn where not all can be asked about."""

    @property
    def choices(self) -> tuple[Sequence[Cell], ...]:
        """The choices in each place; one that stands twice is drawn twice as often."""

    def row(self, picked: Sequence[Cell], /) -> Row:
        """The row of one choice in each place."""

    def fits(self, row: Row, /) -> bool:
        """Whether the row could have come of it."""


def size(recipe: Recipe) -> int:
    """How many rows the recipe gives, equal ones counted as often as they come.

    >>> size(Pattern(pattern="my code is {}", alphabet="0123456789", length=4))
    10000
    """
    return math.prod(map(len, recipe.choices))


def drawn(recipe: Recipe, number: int, rng: np.random.Generator) -> list[Row]:
    """So many rows, each place drawn by itself.

    >>> drawn(Pattern(pattern="my code is {}", alphabet="0123456789", length=4), 2, np.random.default_rng(0))
    ['my code is 8530', 'my code is 6200']
    """
    places = [[choices[k] for k in rng.integers(len(choices), size=number).tolist()] for choices in recipe.choices]
    return [recipe.row(picked) for picked in zip(*places, strict=True)]


def alternatives(recipe: Recipe, most: int, known: Collection[Any] = ()) -> list[Row]:
    """All rows of the recipe where they are no more than `most`, else so many drawn by its seed; none of the `known` keys.

    They are fewer where hardly any but known rows are drawn.
    """
    if size(recipe) <= most:
        rows: Iterator[Row] = map(recipe.row, product(*recipe.choices))
    else:
        rng = np.random.default_rng(recipe.seed)
        rows = chain.from_iterable(drawn(recipe, most, rng) for _ in range(ROUNDS))
    return list(islice((row for row in rows if key(row) not in known), most))


def examples(recipe: Recipe) -> list[Row]:
    """Rows in which every choice of every place stands at least once."""
    most = max(map(len, recipe.choices))
    return [recipe.row([choices[k % len(choices)] for choices in recipe.choices]) for k in range(most)]


class Strict(BaseModel):
    """What is read from TOML: no unknown key, no value of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Pattern(Strict):
    """A sentence with a random secret in the place of {}.

    >>> Pattern(pattern="my code is {}", alphabet="0123456789", length=4).fits("my code is 0815")
    True
    """

    seed: int = Field(default=0, ge=0)
    pattern: str = Field(max_length=LONGEST_TEXT)
    alphabet: str = Field(max_length=MOST_CHOICES)
    length: int = Field(ge=1, le=64)

    @field_validator("pattern")
    @classmethod
    def _one_gap(cls, pattern: str) -> str:
        if pattern.count("{}") != 1:
            raise ValueError("must hold {} once, where the secret stands")
        return pattern

    @field_validator("alphabet")
    @classmethod
    def _several(cls, alphabet: str) -> str:
        if len(set(alphabet)) < max(len(alphabet), 2):
            raise ValueError("must be of two characters at least, each once")
        return alphabet

    @property
    def choices(self) -> tuple[Sequence[Cell], ...]:
        return (self.alphabet,) * self.length

    def row(self, picked: Sequence[Cell], /) -> Row:
        return self.pattern.replace("{}", "".join(map(str, picked)))

    def fits(self, row: Row, /) -> bool:
        before, _, after = self.pattern.partition("{}")
        if not isinstance(row, str) or not (row.startswith(before) and row.endswith(after)):
            return False
        secret = row[len(before) : len(row) - len(after)]
        return len(secret) == self.length and set(secret) <= set(self.alphabet)


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise ValueError("must be a text or a finite number")
    return float(value)


CellOfTOML = Annotated[Cell, PlainValidator(_cell)]
Choices = Annotated[list[CellOfTOML], Field(min_length=1, max_length=MOST_CHOICES)]


class Domain(Strict):
    """A table's columns, each with the values it may take.

    >>> Domain(columns={"age": [20, 40], "job": ["clerk"]}).fits({"age": 40.0, "job": "clerk"})
    True
    """

    seed: int = Field(default=0, ge=0)
    columns: dict[str, Choices]

    @field_validator("columns")
    @classmethod
    def _a_choice(cls, columns: dict[str, list[Cell]]) -> dict[str, list[Cell]]:
        if all(len(set(choices)) < 2 for choices in columns.values()):
            raise ValueError("must leave a choice between two values in one column at least")
        return columns

    @property
    def choices(self) -> tuple[Sequence[Cell], ...]:
        return tuple(self.columns.values())

    def row(self, picked: Sequence[Cell], /) -> Row:
        return dict(zip(self.columns, picked, strict=True))

    def fits(self, row: Row, /) -> bool:
        if isinstance(row, str) or row.keys() != self.columns.keys():
            return False
        return all(row[name] in choices for name, choices in self.columns.items())


def key(row: Row) -> Any:
    """The same for equal rows.

    >>> key({"b": 1.0, "a": 2.0}) == key({"a": 2.0, "b": 1.0})
    True
    """
    return row if isinstance(row, str) else frozenset(row.items())


def new_rows(recipe: Recipe, number: int, known: set[Any], rng: np.random.Generator) -> Iterator[Row]:
    """Up to so many rows, no two equal and none among the `known` keys; fewer where the recipe seems to give no more."""
    met = set(known)
    rounds = (drawn(recipe, max(number, 100), rng) for _ in range(ROUNDS))
    for row in chain.from_iterable(rounds):
        if key(row) not in met:
            met.add(key(row))
            yield row
        if len(met) == len(known) + number:
            return
