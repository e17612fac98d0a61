"""Which defenses an audit tries."""

from __future__ import annotations

from collections.abc import Sequence

from amlsec.catalogue import Card
from amlsec.errors import InvalidInput

NONE = "none"


def tried(names: Sequence[str], applicable: Sequence[Card]) -> list[Card]:
    """Of the defenses that apply those asked for by name, all where none is asked for, no one where that is "none".

    Raises InvalidInput for a name that is none of them.
    """
    known = {card.name: card for card in applicable}
    for name in names:
        if name not in (NONE, *known):
            raise InvalidInput("defense", name, f"must be {NONE}, or apply here: one of {', '.join(known)}")
    return [card for card in applicable if not names or card.name in names]
