"""Sums that do not drift."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amlsec.impact.contract import Floats


class Compensated(NamedTuple):
    """An array of running totals to twice the precision of its parts: their sum, unevaluated.

    >>> total = Compensated.of(np.array([1.0]))
    >>> for term in (1e20, 1e-3, -1e20):
    ...     total = total.plus(np.array([term]))
    >>> total.value
    array([1.001])
    """

    high: Floats
    low: Floats

    @classmethod
    def of(cls, value: Floats) -> Compensated:
        """This much."""
        return cls(value, np.zeros_like(value))

    def plus(self, term: Floats) -> Compensated:
        """The totals and this term, exact but for the last of about 106 bits (Knuth's two-sum; Dekker 1971)."""
        total = self.high + term
        moved = total - self.high
        low = self.low + ((self.high - (total - moved)) + (term - moved))
        high = total + low
        return Compensated(high, low - (high - total))

    @property
    def value(self) -> Floats:
        """The totals, rounded."""
        return self.high + self.low
