"""Sets of words worth a campaign, the most promising first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb

import numpy as np

Words = tuple[str, ...]
_LONGEST = 1_000


def word_sets(words: Sequence[str], cost: float, rng: np.random.Generator) -> Iterator[Words]:
    """Different sets of as many words as the cost pays: the first, those after them, and so on; then random ones.

    All there are, in the end; one where there are no more words than that; none where it pays for no word.

    >>> sets = list(word_sets(("a", "b", "c", "d", "e"), 2, np.random.default_rng(0)))
    >>> sets[:2], len(sets), len({frozenset(each) for each in sets})
    ([('a', 'b'), ('c', 'd')], 10, 10)
    """
    words = tuple(dict.fromkeys(words))
    most = int(min(cost, len(words), _LONGEST))
    if not most:
        return
    tried = set()
    for start in range(0, len(words) - most + 1, most):
        yield tuple(words[start : start + most])
        tried.add(frozenset(words[start : start + most]))
    while len(tried) < comb(len(words), most):
        drawn = tuple(words[k] for k in rng.choice(len(words), most, replace=False))
        if frozenset(drawn) not in tried:
            yield drawn
            tried.add(frozenset(drawn))
