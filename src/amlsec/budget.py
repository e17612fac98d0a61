"""What an attacker may spend; a budget of 0 changes nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from amlsec.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class PoisonBudget:
    """The share of the final training set that is the attacker's, in [0, 1).

    It is a share of the rows; in traffic, where every row holds a little of everyone's, how much he adds to the mean load of
    the links of his flows.

    >>> PoisonBudget(0.01).rows(of=1000)
    10
    """

    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise InvalidInput("share", self.share, "must lie in [0, 1)")

    def rows(self, *, of: int) -> int:
        """How many rows of a final training set of `of` rows that is."""
        return math.floor(self.share * of + 1e-9)


@dataclass(frozen=True, slots=True)
class EvasionBudget:
    """For each attacked row: the cost of the change, in the unit of its space, and the queries to the model.

    He asks under so many `accounts` in turn; only a guard that remembers its clients tells them apart.
    """

    cost: float
    queries: int
    accounts: int = 1

    def __post_init__(self) -> None:
        if not self.cost >= 0:
            raise InvalidInput("cost", self.cost, "must be at least 0")
        if self.queries < 0:
            raise InvalidInput("queries", self.queries, "must be at least 0")
        if self.accounts < 1:
            raise InvalidInput("accounts", self.accounts, "must be at least 1")


@dataclass(frozen=True, slots=True)
class QueryBudget:
    """The queries to the model: for each row asked about; of an extraction, which is about no row, in all.

    He asks under so many `accounts` in turn; only a guard that remembers its clients tells them apart.
    """

    queries: int
    accounts: int = 1

    def __post_init__(self) -> None:
        if self.queries < 0:
            raise InvalidInput("queries", self.queries, "must be at least 0")
        if self.accounts < 1:
            raise InvalidInput("accounts", self.accounts, "must be at least 1")
