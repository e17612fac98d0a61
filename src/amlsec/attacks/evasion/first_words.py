"""AML-E28: adds the first good words that queries find to every mail of a campaign."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.lockstep import Search
from amlsec.attacks.text_steps import Message, Words
from amlsec.attacks.word_lists import Book, blocked_texts, by_list, tipping
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.text import textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

_AT_ONCE = 16


@evasion(
    code="AML-E28",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("lowd2005good",),
    standards=Standards(("AML.T0043.001", "AML.T0047", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def first_words(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Asks for the first good words of the space, as many as the cost pays, and adds them to every text.

    First-N-words of Lowd and Meek, "Good word attacks on statistical spam filters", CEAS 2005, section 3.2: a word is good
    if it tips a barely blocked text, which is the text with nearly enough words added, or else its own beginning. The
    texts of the campaign share the words to be tried among them, half of each one's queries at most; with the rest each
    finds out how many of the good words it needs.

    Takes texts (n,) that do not pass; returns them, each with the fewest words of the list that win, or as it was. Raises
    InvalidInput where the space is not one of texts.

    >>> from amlsec.data import texts
    >>> from amlsec.space.text import TextSpace
    >>> class Trusting:
    ...     def labels(self, X): return np.array([int("agenda" not in row) for row in X])
    ...     def scores(self, X): return self.labels(X).astype(float)
    >>> oracle = Oracle(Trusting(), access=Access.LABELS, rows=2, queries=50)
    >>> X, space, rng = texts(["cheap", "pills"]), TextSpace(["lunch", "at", "agenda"]), np.random.default_rng(0)
    >>> first_words(oracle, X, space=space, budget=EvasionBudget(3, 50), rng=rng)
    array(['cheap agenda', 'pills agenda'], dtype=object)
    """
    return by_list(oracle, X, first_good, space=textual(space), budget=budget, rng=rng)


def first_good(mail: Message, candidates: Words, book: Book) -> Search:
    """Tries the words in their order until as many are good as the cost pays."""
    blocked = yield from blocked_texts(mail)
    tried = candidates[: mail.queries // 2] if blocked else ()
    for start in range(0, len(tried), _AT_ONCE):
        if len(book) >= mail.most:
            return
        good = yield from tipping(blocked[0], tried[start : start + _AT_ONCE])
        book.update(dict.fromkeys(good, 1))
