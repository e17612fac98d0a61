"""What was done to a text: words exchanged, removed, added."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

Swap = tuple[str, str]
Reading = Callable[[str], str]
"""What becomes of each word; nothing, where it goes."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Words (old, new) that took each other's place, words that went, and words that came."""

    swapped: tuple[Swap, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]

    def first(self, swaps: int, removals: int, additions: int) -> Moves:
        """So many of each."""
        return Moves(self.swapped[:swaps], self.removed[:removals], self.added[:additions])

    def reading(self) -> Reading:
        """What becomes of the words of the old text, each occurrence once."""
        becomes = defaultdict(list, {})
        for old, new in (*self.swapped, *((word, "") for word in self.removed)):
            becomes[old].append(new)
        return lambda word: becomes[word].pop(0) if becomes.get(word) else word


def between(old: str, new: str, may_swap: Callable[[str, str], bool] | None = None) -> Moves:
    """How one text came from another: as many exchanges as there can be, then words removed and added.

    Where words stand makes no difference.

    >>> between("buy pills", "agenda buy p1lls", lambda old, new: new == "p1lls")
    Moves(swapped=(('pills', 'p1lls'),), removed=(), added=('agenda',))
    """
    before, after = Counter(old.split()), Counter(new.split())
    gone, come = list((before - after).elements()), list((after - before).elements())
    pairs = _pairs(gone, come, may_swap) if may_swap and gone and come else {}
    return Moves(
        tuple((gone[i], come[j]) for i, j in pairs.items()),
        tuple(word for i, word in enumerate(gone) if i not in pairs),
        tuple(word for j, word in enumerate(come) if j not in pairs.values()),
    )


def reworded(text: str, change: Reading) -> str:
    """The text with each of its words changed so, and the white space between them as it is.

    >>> reworded("buy  now", str.upper)
    'BUY  NOW'
    """
    return re.sub(r"\S+", lambda match: change(match[0]), text)


def _pairs(gone: Sequence[str], come: Sequence[str], may_swap: Callable[[str, str], bool]) -> dict[int, int]:
    """The positions of most words that may take each other's place, each in one pair at most."""
    allowed = csr_array(np.array([[may_swap(old, new) for new in come] for old in gone]))
    matched = maximum_bipartite_matching(allowed, perm_type="column")
    return {i: int(j) for i, j in enumerate(matched) if j >= 0}
