"""AML-E54: puts the words of alarms into benign mails, without asking."""

from __future__ import annotations

import numpy as np

from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import MALICIOUS, Rows, texts
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.text import textual
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@evasion(
    code="AML-E54",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    access=Access.NONE,
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("newsome2006paragraph", "barreno2010security"),
)
def red_herrings(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Appends the words most telling of malice to every benign text, as many as the cost allows; asks nothing.

    Words that stand for an attack lead the hunters astray: alarms no longer mean one. Newsome, Karp and Song, "Paragraph:
    thwarting signature learning by training maliciously", RAID 2006, plant them where signatures are learned; this is the
    same bait for a finished model. It is `good_words` the other way. The space ranks the words by frequency ratio.

    Takes texts (n,); returns them with the words. Raises InvalidInput where the space is not one of texts.

    >>> from amlsec.space.text import TextSpace
    >>> X, space = texts(["see you"]), TextSpace(["meeting"], bad_words=["casino", "free"])
    >>> red_herrings(None, X, space=space, budget=EvasionBudget(cost=1, queries=0), rng=np.random.default_rng(0))
    array(['see you casino'], dtype=object)
    """
    words = textual(space)
    bait = words.promising(MALICIOUS)
    return texts([words.adding(row, bait[: int(min(budget.cost, len(bait)))]) for row in X])
