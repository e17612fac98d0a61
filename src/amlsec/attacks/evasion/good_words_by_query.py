"""AML-E02: finds few strong good words for each mail, by asking for verdicts."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.lockstep import Search, search
from amlsec.attacks.text_steps import Choice, Message, Words, exchanged, message, pruned, shortest_prefix
from amlsec.attacks.word_lists import filled, tiers
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import BENIGN, Rows
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.text import textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@evasion(
    code="AML-E02",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.LABELS,
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("lowd2005good", "lowd2005adversarial"),
    standards=Standards(("AML.T0043.001", "AML.T0047", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def good_words_by_query(
    oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator
) -> Rows:
    """Finds few strong good words for each text by verdicts alone.

    The active good word attack of Lowd and Meek, "Good word attacks on statistical spam filters", CEAS 2005, section 3.2.
    Halving the number of added words gives a barely blocked text, one word short of passing. Words that tip it are good
    (first-N-words); those that tip texts blocked ever more clearly are the best (best-N-words). The best are then added,
    halved, pruned, and exchanged two for one. Texts asked about may hold more words than the budget pays.

    Takes texts (n,) that do not pass; returns them, each with the fewest words found within the budget, or as it was.
    Raises InvalidInput where the space is not one of texts.

    >>> from amlsec.data import texts
    >>> from amlsec.space.text import TextSpace
    >>> class Trusting:
    ...     def labels(self, X): return np.array([int("agenda" not in row) for row in X])
    ...     def scores(self, X): return self.labels(X).astype(float)
    >>> oracle = Oracle(Trusting(), access=Access.LABELS, rows=1, queries=50)
    >>> space, rng = TextSpace(["lunch", "meeting", "agenda"]), np.random.default_rng(0)
    >>> good_words_by_query(oracle, texts(["cheap pills"]), space=space, budget=EvasionBudget(2, 50), rng=rng)
    array(['cheap pills agenda'], dtype=object)
    """
    words = textual(space)
    return search(
        oracle,
        X,
        lambda text, own: _by_labels(message(text, words, BENIGN, budget, own)),
        space=space,
        budget=budget,
        rng=rng,
    )


def _by_labels(mail: Message) -> Search:
    enough = yield from shortest_prefix(mail, mail.words)
    if not enough:
        return
    ranked = yield from _best_first(mail, enough)
    few = (yield from shortest_prefix(mail, ranked)) or enough
    few = yield from pruned(mail, min(few, enough, key=len))
    yield from exchanged(mail, few, ranked[: max(1, mail.queries // 4)])


def _best_first(mail: Message, enough: Words) -> Choice:
    """The words of the list, those first that tip the text even when many of the words that are enough are missing."""
    found = yield from tiers(filled(mail, enough), mail.words[: max(1, mail.queries // 3)])
    return tuple(dict.fromkeys(word for tier in (*found[::-1], mail.words) for word in tier))
