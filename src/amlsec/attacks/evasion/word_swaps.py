"""AML-E35: swaps the words that tell most against a text for others that say the same or look alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amlsec.attacks.lockstep import Question, Search, evidence, search, wins
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows, texts
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.moves import Reading
from amlsec.space.text import TextSpace, textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

Swaps = dict[str, str]


@evasion(
    code="AML-E35",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.SCORES,
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("jin2020bert", "ebrahimi2018hotflip"),
    standards=Standards(("AML.T0043.001", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def word_swaps(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Swaps the words of a text that tell most against it, one after the other, until it passes.

    As TextFooler of Jin et al., "Is BERT really robust?", AAAI 2020, words are ranked by what their loss does to the score,
    here per cost, and each is swapped for the alternative with the best score; what may take a word's place is the space's
    to say, where they ask a language model. Look-alike letters are changes of characters as in Ebrahimi et al., "HotFlip",
    ACL 2018, found by scores alone where they follow the gradient. A word is swapped wherever it stands; swaps that turn out
    to be spare are taken back.

    Takes texts (n,) that do not pass; returns them, each with the cheapest swaps found within the budget, or as it was.
    Raises InvalidInput where the space is not one of texts.

    >>> class Filter:
    ...     def labels(self, X): return np.array([int("pills" in row) for row in X])
    ...     def scores(self, X): return self.labels(X).astype(float)
    >>> oracle = Oracle(Filter(), access=Access.SCORES, rows=1, queries=50)
    >>> space, rng = TextSpace([], swaps={"cheap": ["low-cost"], "pills": ["meds"]}), np.random.default_rng(0)
    >>> word_swaps(oracle, texts(["cheap Pills pills"]), space=space, budget=EvasionBudget(3, 50), rng=rng)
    array(['cheap Pills meds'], dtype=object)
    """
    words = textual(space)
    return search(oracle, X, lambda text, _: _by_swaps(_Text(text, words, budget)), space=space, budget=budget, rng=rng)


@dataclass(slots=True, eq=False)
class _Text:
    """One text, and how often each of its words that can be swapped stands in it."""

    text: str
    space: TextSpace
    budget: EvasionBudget
    words: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        counts = Counter(self.space.said(self.text).split())
        able = {word: count for word, count in counts.items() if self.space.alternatives(word)}
        self.words = dict(list(able.items())[: max(1, self.budget.queries // 3)])

    def price(self, swapped: Mapping[str, str]) -> float:
        return self.space.swap_cost * sum(self.words[word] for word in swapped)

    def swapping(self, *choices: Mapping[str, str]) -> Rows:
        """The text with each of these choices of swaps."""
        return texts([self.space.rewriting(self.text, _reading(swaps)) for swaps in choices])


def _reading(swaps: Mapping[str, str]) -> Reading:
    return lambda word: swaps.get(word, word)


def _by_swaps(mail: _Text) -> Search:
    score, ranked = yield from _ranked(mail)
    swaps: Swaps = {}
    for word in ranked:
        tries = [{**swaps, word: other} for other in mail.space.alternatives(word)]
        if mail.price(tries[0]) > mail.budget.cost:
            continue
        scores = yield evidence(mail.swapping(*tries))
        if scores.min() < score:
            score, swaps = scores.min(), tries[scores.argmin()]
            if (yield wins(mail.swapping(swaps)))[0]:
                yield from _spared(mail, swaps)
                return


def _ranked(mail: _Text) -> Generator[Question, Any, tuple[float, list[str]]]:
    """The text's score, and its words by how much of it goes with each, per cost."""
    without = [{word: ""} for word in mail.words]
    score, *scores = yield evidence(mail.swapping({}, *without))
    gain = (score - np.array(scores)) / np.array(list(mail.words.values()), dtype=np.float64)
    return score, [list(mail.words)[k] for k in np.argsort(-gain, kind="stable")]


def _spared(mail: _Text, swaps: Swaps) -> Search:
    """Winning swaps without each that the text passes without, the dearest first."""
    for word in sorted(swaps, key=lambda word: -mail.words[word]):
        fewer = {other: new for other, new in swaps.items() if other != word}
        if fewer and (yield wins(mail.swapping(fewer)))[0]:
            swaps = fewer
