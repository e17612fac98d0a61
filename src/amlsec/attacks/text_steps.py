"""Steps shared by searches over texts: how many words, which are spare, which do the work of two."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.lockstep import Question, wins
from amlsec.budget import EvasionBudget
from amlsec.data import Rows, texts
from amlsec.space.text import TextSpace

_LONGEST = 1_000
Words = tuple[str, ...]
Choice = Generator[Question, Any, Words]
"""Questions, and in the end the words they led to."""

_AT_ONCE = 64
_FRUITLESS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One text, the words that may be added, and how many, `most`, the attacker can pay."""

    text: str
    words: Words
    most: int
    queries: int
    rng: np.random.Generator
    space: TextSpace

    def adding(self, choices: Sequence[Words]) -> Rows:
        """The text with each of these choices of words."""
        return texts([self.space.adding(self.text, choice) for choice in choices])


def message(text: str, space: TextSpace, wanted: int, budget: EvasionBudget, rng: np.random.Generator) -> Message:
    """The text, with the space's words for that verdict."""
    return Message(text, space.promising(wanted), int(min(budget.cost, _LONGEST)), budget.queries, rng, space)


def shortest_prefix(mail: Message, words: Words) -> Choice:
    """The first words that win, as few as halving finds; none where no number of them was seen to win."""
    if not words:
        return ()
    sizes = np.unique([*(2 ** np.arange(int(np.log2(len(words))) + 1)), min(mail.most, len(words)), len(words)])
    won = yield wins(mail.adding([words[:size] for size in sizes]))
    if not won.any():
        return ()
    low, high = np.concatenate([[0], sizes])[won.argmax() : won.argmax() + 2]
    while high - low > 1:
        middle = (low + high) // 2
        if (yield wins(mail.adding([words[:middle]])))[0]:
            high = middle
        else:
            low = middle
    return words[:high]


def pruned(mail: Message, chosen: Words) -> Choice:
    """A part of winning words that still wins and none of which can be spared: blocks left out, ever smaller."""
    size = max(1, len(chosen) // 2)
    while True:
        before = len(chosen)
        chosen = yield from _without_blocks(mail, chosen, size)
        if size == 1 and len(chosen) == before:
            return chosen
        size = max(1, size // 2)


def _without_blocks(mail: Message, chosen: Words, size: int) -> Choice:
    blocks = [np.arange(start, min(start + size, len(chosen))) for start in range(0, len(chosen), size)]
    spare = np.flatnonzero((yield wins(mail.adding([_left(chosen, [block]) for block in blocks]))))
    if not len(spare):
        return chosen
    counts = np.unique(np.minimum(2 ** np.arange(int(np.log2(len(spare))) + 2), len(spare)))
    joint = [_left(chosen, [blocks[k] for k in spare[-count:]]) for count in counts[::-1]]
    return _first(joint, (yield wins(mail.adding(joint)))) or chosen


def _left(chosen: Words, blocks: Sequence[NDArray[np.intp]]) -> Words:
    gone = set(np.concatenate(blocks).tolist())
    return tuple(word for k, word in enumerate(chosen) if k not in gone)


def exchanged(mail: Message, chosen: Words, candidates: Words) -> Choice:
    """Two words replaced by one wherever that still wins.

    The step that brings Lowd and Meek ("Adversarial learning", KDD 2005, theorem 3) within a factor of 2 of the fewest
    words for a linear filter.
    """
    fruitless = 0
    while len(chosen) > 1 and fruitless < _FRUITLESS:
        pair = mail.rng.choice(len(chosen), 2, replace=False)
        rest = _left(chosen, [pair])
        better = yield from _one_more(mail, rest, candidates)
        fruitless = 0 if better else fruitless + 1
        chosen = better or chosen
    return chosen


def _one_more(mail: Message, rest: Words, candidates: Words) -> Choice:
    """The rest and one candidate, where that wins; else nothing."""
    for start in range(0, len(candidates), _AT_ONCE):
        tries = [(*rest, word) for word in candidates[start : start + _AT_ONCE]]
        found = _first(tries, (yield wins(mail.adding(tries))))
        if found:
            return found
    return ()


def _first(choices: Sequence[Words], won: NDArray[np.bool_]) -> Words:
    """The first choice that won, or nothing."""
    return next((choice for choice, passed in zip(choices, won, strict=True) if passed), ())
