"""The threat model: twelve cells, and what an attacker knows and sees.

Axes and words follow Barreno, Nelson, Sears, Joseph and Tygar, "Can machine learning be secure?", ASIACCS 2006,
and Huang, Joseph, Nelson, Rubinstein and Tygar, "Adversarial machine learning", AISec 2011.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Self


class Influence(StrEnum):
    """Whether the attacker touches training data or only sees outcomes."""

    CAUSATIVE = "causative"
    EXPLORATORY = "exploratory"


class Violation(StrEnum):
    """What the attacker breaks: harm let through, good rows alarmed on, or secrets given away."""

    INTEGRITY = "integrity"
    AVAILABILITY = "availability"
    PRIVACY = "privacy"


class Specificity(StrEnum):
    """Whether he is after particular rows or any."""

    TARGETED = "targeted"
    INDISCRIMINATE = "indiscriminate"


class _Ordered(StrEnum):
    """Values written from the least to the most."""

    @property
    def rank(self) -> int:
        return list(type(self)).index(self)

    def includes(self, other: Self) -> bool:
        """Whether who has this has the other too."""
        return self.rank >= other.rank


class Knowledge(_Ordered):
    """What the attacker knows of the training.

    >>> Knowledge.DATA.includes(Knowledge.FEATURES)
    True
    """

    NONE = "none"
    FEATURES = "features"
    DATA = "data"
    MODEL = "model"


class Access(_Ordered):
    """What the attacker sees of the model's answers."""

    NONE = "none"
    OUTCOMES = "outcomes"
    LABELS = "labels"
    SCORES = "scores"
    PARAMETERS = "parameters"


class Severity(_Ordered):
    """How bad a finding is, from the least to the worst."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class ThreatModel:
    """One cell of the taxonomy; an axis left at None means "any".

    >>> flood = ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE)
    >>> ThreatModel(influence=Influence.CAUSATIVE).covers(flood)
    True
    >>> flood.covers(ThreatModel(influence=Influence.EXPLORATORY))
    False
    >>> str(flood)
    'causative availability indiscriminate'
    """

    influence: Influence | None = None
    violation: Violation | None = None
    specificity: Specificity | None = None

    def covers(self, other: ThreatModel) -> bool:
        """Whether every threat described by `other` is described by this one too."""
        return all(mine in (None, theirs) for mine, theirs in zip(self.axes, other.axes, strict=True))

    def meets(self, other: ThreatModel) -> bool:
        """Whether some threat is described by both."""
        return all(None in pair or pair[0] == pair[1] for pair in zip(self.axes, other.axes, strict=True))

    @property
    def axes(self) -> tuple[StrEnum | None, ...]:
        return self.influence, self.violation, self.specificity

    @property
    def is_cell(self) -> bool:
        """Whether no axis is left open."""
        return None not in self.axes

    def __str__(self) -> str:
        return " ".join(axis or "any" for axis in self.axes)


CELLS = tuple(ThreatModel(*axes) for axes in product(Influence, Violation, Specificity))
