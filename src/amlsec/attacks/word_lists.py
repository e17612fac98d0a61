"""One list of good words for a whole campaign, learned by verdicts on all of its mails together."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from amlsec.attacks.lockstep import Question, Search, search, wins
from amlsec.attacks.text_steps import Choice, Message, Words, message, shortest_prefix
from amlsec.budget import EvasionBudget
from amlsec.data import BENIGN, Rows, texts
from amlsec.oracle import Oracle
from amlsec.space.text import TextSpace

Book = dict[str, int]
"""Good words, and how good each was seen to be."""
Study = Callable[[Message, Words, Book], Search]
"""Tries words on one mail and writes the good ones down."""


def by_list(
    oracle: Oracle, X: Rows, study: Study, *, space: TextSpace, budget: EvasionBudget, rng: np.random.Generator
) -> Rows:
    """Each text with the first words of the list that all texts together have shown to be good, as few as win.

    A text on which fewer words won while the list was learned keeps those; one without a win stays as it is.
    """
    early, words = learned(oracle, X, study, space=space, budget=budget, rng=rng)
    late = search(
        oracle,
        X,
        lambda text, own: _as_few_as_win(message(text, space, BENIGN, budget, own), words),
        space=space,
        budget=budget,
        rng=rng,
    )
    costs = [np.where(rows != X, space.cost(X, rows), np.inf) for rows in (early, late)]
    cheaper: Rows = np.where(costs[0] < costs[1], early, late)
    return cheaper


def learned(
    oracle: Oracle, X: Rows, study: Study, *, space: TextSpace, budget: EvasionBudget, rng: np.random.Generator
) -> tuple[Rows, Words]:
    """What won while the list was learned, and the list: the best words first, as many as the cost pays.

    The words are shared out among the texts, every text trying its part of them.
    """
    words, book = space.promising(BENIGN), Book()
    parts = iter([words[i :: len(X)] for i in range(len(X))])
    early = search(
        oracle,
        X,
        lambda text, own: study(message(text, space, BENIGN, budget, own), next(parts), book),
        space=space,
        budget=budget,
        rng=rng,
    )
    place = {word: k for k, word in enumerate(words)}
    ranked = sorted(book, key=lambda word: (-book[word], place[word]))
    return early, tuple(ranked[: int(min(budget.cost, len(ranked)))])


def _as_few_as_win(mail: Message, words: Words) -> Search:
    yield from shortest_prefix(mail, words)


def tipping(mail: Message, candidates: Words) -> Choice:
    """The candidates that, each alone, make this text pass."""
    won = yield wins(mail.adding([(word,) for word in candidates]))
    return tuple(word for word, passed in zip(candidates, won, strict=True) if passed)


def tiers(blocked: Sequence[Message], candidates: Words) -> Generator[Question, Any, list[Words]]:
    """The candidates that tip the first text; those of them that tip the second too; and so on while any do.

    A barely blocked text shows which words are good at all; texts blocked ever more clearly show the best.
    """
    found = [candidates]
    for mail in blocked:
        if not found[-1]:
            break
        found.append((yield from tipping(mail, found[-1])))
    return found[1:]


def blocked_texts(mail: Message) -> Generator[Question, Any, list[Message]]:
    """Texts made of this one that are blocked ever more clearly, the first only just; none where none was found.

    Between the text and all good words added to it lies one; where these do not suffice, between the text and nothing.
    """
    enough = yield from shortest_prefix(mail, mail.words)
    return filled(mail, enough) if enough else (yield from begun(mail))


def begun(mail: Message) -> Generator[Question, Any, list[Message]]:
    """The text's first words, as few as are blocked, then 1, 3, 7, ... more of them; none where no words are blocked too."""
    low, whole = 0, len(mail.space.said(mail.text).split())
    high = whole
    if not whole or not (yield wins(texts([_begun(mail, 0).text])))[0]:
        return []
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if (yield wins(texts([_begun(mail, middle).text])))[0] else (low, middle)
    return [_begun(mail, high + more) for more in (2**k - 1 for k in range(whole.bit_length())) if high + more <= whole]


def filled(mail: Message, enough: Words) -> list[Message]:
    """The text with the words that are enough but one, but 2, 4, ...: blocked ever more clearly."""
    missing = 2 ** np.arange(int(np.log2(len(enough))) + 1)
    return [replace(mail, text=mail.space.adding(mail.text, enough[: len(enough) - k])) for k in missing]


def _begun(mail: Message, many: int) -> Message:
    """The text's first words."""
    left = iter(range(many))
    return replace(mail, text=mail.space.rewriting(mail.text, lambda word: word if next(left, None) is not None else ""))
