"""AML-E01: adds the same good words to every mail, without asking."""

from __future__ import annotations

import numpy as np

from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import BENIGN, Rows, texts
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.text import textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@evasion(
    code="AML-E01",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    access=Access.NONE,
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("lowd2005good",),
    standards=Standards(("AML.T0043.003", "AML.T0015"), ("NISTAML.022",), ("ML01",)),
)
def good_words(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Appends the most promising words of the space to every text, as many as the cost allows; asks nothing.

    The passive good word attack of Lowd and Meek, "Good word attacks on statistical spam filters", CEAS 2005, section 3.1:
    the space ranks the words, `amlsec.space.text.infer_words` by frequency ratio.

    Takes texts (n,); returns them with the words. Raises InvalidInput where the space is not one of texts.

    >>> from amlsec.space.text import TextSpace
    >>> X, space = texts(["cheap pills"]), TextSpace(["meeting", "agenda"])
    >>> good_words(None, X, space=space, budget=EvasionBudget(cost=1, queries=0), rng=np.random.default_rng(0))
    array(['cheap pills meeting'], dtype=object)
    """
    words = textual(space)
    best = words.promising(BENIGN)
    added = best[: int(min(budget.cost, len(best)))]
    return texts([words.adding(row, added) for row in X])
