"""Words of the command line that name a cell of the threat model, or a part of it."""

from __future__ import annotations

from typing import Any

from amlsec.errors import InvalidInput
from amlsec.threat import Influence, Specificity, ThreatModel, Violation


def cell_of(words: str) -> ThreatModel:
    """What the words say of the threat; an axis they do not name is any. Raises InvalidInput on a word that names none."""
    axes: dict[str, Any] = {}
    for word in words.replace("-", " ").split():
        for name, axis in (("influence", Influence), ("violation", Violation), ("specificity", Specificity)):
            if word in list(axis):
                axes[name] = axis(word)
                break
        else:
            known = ", ".join(str(value) for axis in (Influence, Violation, Specificity) for value in axis)
            raise InvalidInput("cell", word, f"must be made of {known}")
    return ThreatModel(**axes)
