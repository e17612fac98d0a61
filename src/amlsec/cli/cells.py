"""Words of the command line that name a cell of the threat model, or a part of it."""

from __future__ import annotations

from typing import Any

from amlsec.errors import InvalidInput
from amlsec.threat import Influence, Specificity, ThreatModel, Violation

AXES: dict[str, Any] = {"influence": Influence, "violation": Violation, "specificity": Specificity}


def cell_of(words: str) -> ThreatModel:
    """What the words say of the threat; an axis they do not name is any.

    Raises InvalidInput on a word that names nothing, and on two words for one axis.
    """
    named: dict[str, Any] = {}
    for word in words.casefold().replace("-", " ").split():
        axis = _axis(word)
        if axis in named:
            raise InvalidInput("cell", words, f"may say one {axis}, not {named[axis]} and {word}")
        named[axis] = AXES[axis](word)
    return ThreatModel(**named)


def _axis(word: str) -> str:
    for name, values in AXES.items():
        if word in list(values):
            return name
    known = ", ".join(str(value) for values in AXES.values() for value in values)
    raise InvalidInput("cell", word, f"must be made of {known}")
