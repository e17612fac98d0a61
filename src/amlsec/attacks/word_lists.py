"""One list of good words for a whole campaign, learned by verdicts on all of its mails together."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from amlsec.attacks.lockstep import Question, Search, search, wins
from amlsec.attacks.text_steps import Choice, Message, Words, message, shortest_prefix
from amlsec.budget import EvasionBudget
from amlsec.data import BENIGN, Rows
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


def tipping(mail: Message, held: Words, candidates: Words) -> Choice:
    """The candidates that, each alone, make the text with the held words pass."""
    won = yield wins(mail.adding([(*held, word) for word in candidates]))
    return tuple(word for word, passed in zip(candidates, won, strict=True) if passed)


def tiers(mail: Message, enough: Words, candidates: Words) -> Generator[Question, Any, list[Words]]:
    """The candidates that tip the text with one of the words missing that are enough; with 2, 4, ... of them missing.

    A text one word short of passing shows which words are good at all; texts blocked ever more clearly show the best.
    """
    missing, found = 1, [candidates]
    while found[-1] and missing <= len(enough):
        found.append((yield from tipping(mail, enough[: len(enough) - missing], found[-1])))
        missing *= 2
    return found[1:]
