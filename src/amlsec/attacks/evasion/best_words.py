"""AML-E29: adds the best words that queries find to every mail of a campaign."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.lockstep import Search
from amlsec.attacks.text_steps import Message, Words
from amlsec.attacks.word_lists import Book, blocked_texts, by_list, tiers
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.text import textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@evasion(
    code="AML-E29",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("lowd2005good",),
    standards=Standards(("AML.T0043.001", "AML.T0047", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def best_words(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Asks which words of the space are best, and adds as many of them to every text as it needs.

    Best-N-words of Lowd and Meek, "Good word attacks on statistical spam filters", CEAS 2005, section 3.2, by halving:
    words that tip a barely blocked text are good, those that still do so for texts blocked twice, four times, ... as many
    words away are better. The texts of the campaign share the words to be tried among them, a quarter of each one's
    queries in the first round; with the rest each finds out how many of the best words it needs.

    Takes texts (n,) that do not pass; returns them, each with the fewest words of the list that win, or as it was. Raises
    InvalidInput where the space is not one of texts.

    >>> from amlsec.data import texts
    >>> from amlsec.space.text import TextSpace
    >>> weights = {"cheap": 3.0, "pills": 2.0, "lunch": -1.0, "at": -1.0, "ten": -1.0, "agenda": -5.0}
    >>> class Weighing:
    ...     def labels(self, X): return (self.scores(X) > 0).astype(np.int64)
    ...     def scores(self, X): return np.array([sum(weights.get(word, 0) for word in row.split()) for row in X])
    >>> oracle = Oracle(Weighing(), access=Access.LABELS, rows=1, queries=99)
    >>> space, rng = TextSpace(["lunch", "at", "ten", "agenda"]), np.random.default_rng(0)
    >>> best_words(oracle, texts(["cheap pills"]), space=space, budget=EvasionBudget(3, 99), rng=rng)
    array(['cheap pills agenda'], dtype=object)
    """
    return by_list(oracle, X, best_first, space=textual(space), budget=budget, rng=rng)


def best_first(mail: Message, candidates: Words, book: Book) -> Search:
    """Tries the words on texts blocked ever more clearly, and notes how far each came."""
    blocked = yield from blocked_texts(mail)
    found = yield from tiers(blocked, candidates[: mail.queries // 4])
    for level, words in enumerate(found):
        book.update(dict.fromkeys(words, level + 1))
