"""AML-E34: learns from clicks alone which good words get a campaign through, as a player of many-armed bandits."""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from amlsec.attacks.word_sets import word_sets
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import BENIGN, Rows, texts
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.text import textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

SETS, WRONGLY_BELIEVED = 8, 0.05
_CONTROL = 0.1
"""The share of his mails that goes out without any good word, to learn what clicks are worth nothing."""
_QUIET = 5
"""Rounds without a new click after which he takes it that none will come."""

Counts = NDArray[np.int64]


@evasion(
    code="AML-E34",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.OUTCOMES,
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("karnin2013almost", "lowd2005good"),
    standards=Standards(("AML.T0043.001", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def click_bandit(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Sends each text with eight sets of good words, keeps the half with more clicks, again and again, and tests the last.

    Sequential halving, Karnin, Koren and Somekh, "Almost optimal exploration in multi-armed bandits", ICML 2013: his mails
    are shared evenly among the halvings and in each among the sets left (Even-Dar et al., JMLR 7, 2006, halve
    too, and go on until they are sure). Here clicks of earlier halvings count on; of equals the more promising set stays.
    He is told nothing of the channel. A tenth of his mails are the texts as they are, which he knows to be stopped: what
    they bring together is the worth of a click by machines. The last set gets one more share of mails, and is believed where
    these alone bring more clicks than that with a chance of at most 5 %, by the exact conditional test of two rates.

    Takes texts (n,) that do not pass; returns each with the set he believes in, or as it was. Raises InvalidInput where the
    space is not one of texts.

    >>> class Trusting:
    ...     def labels(self, X): return np.array([int("agenda" not in row) for row in X])
    ...     def scores(self, X): return self.labels(X).astype(float)
    >>> from amlsec.space.text import TextSpace
    >>> oracle = Oracle(Trusting(), access=Access.OUTCOMES, rows=1, queries=4000)
    >>> space, rng = TextSpace(["lunch", "meeting", "agenda"]), np.random.default_rng(0)
    >>> click_bandit(oracle, texts(["cheap pills"]), space=space, budget=EvasionBudget(1, 4000), rng=rng)
    array(['cheap pills agenda'], dtype=object)
    """
    words = textual(space)
    promising, streams = words.promising(BENIGN), rng.spawn(len(X))
    sets = [list(islice(word_sets(promising, budget.cost, own), SETS)) for own in streams]
    if not (budget.queries and any(sets)):
        return X
    arms = [texts([words.adding(row, chosen) for chosen in some]) for row, some in zip(X, sets, strict=True)]
    return _believed(oracle, X, arms, budget.queries)


def _believed(oracle: Oracle, X: Rows, arms: list[Rows], mails: int) -> Rows:
    control, rows = int(_CONTROL * mails), np.arange(len(X))
    halvings = int(np.ceil(np.log2(len(arms[0]))))
    share = (mails - control) // (halvings + 1)
    idle = _clicks(oracle, X, np.full(len(X), control), rows).sum()
    best = texts([row[0] for row in _halved(oracle, arms, share, halvings)])
    clicks = _clicks(oracle, best, np.full(len(X), share), rows)
    by_chance = binom.sf(clicks - 1, clicks + idle, share / max(1, share + control * len(X)))
    return np.where((clicks > 0) & (by_chance <= WRONGLY_BELIEVED), best, X)


def _halved(oracle: Oracle, arms: list[Rows], share: int, halvings: int) -> list[Rows]:
    """The arms of each row that are left after so many halvings, each with such a share of the row's mails."""
    clicks = [np.zeros(len(some), dtype=np.int64) for some in arms]
    for _ in range(halvings):
        of = np.repeat(np.arange(len(arms)), [len(some) for some in arms])
        copies = np.full(len(of), share // len(arms[0]))
        new = np.split(_clicks(oracle, np.concatenate(arms), copies, of), len(arms))
        seen = [old + more for old, more in zip(clicks, new, strict=True)]
        kept = [np.argsort(-each, kind="stable")[: (len(each) + 1) // 2] for each in seen]
        arms = [some[which] for some, which in zip(arms, kept, strict=True)]
        clicks = [each[which] for each, which in zip(seen, kept, strict=True)]
    return arms


def _clicks(oracle: Oracle, X: Rows, copies: Counts, of: NDArray[np.intp]) -> Counts:
    """Clicks (n,) on so many copies of each row, when they seem to have come."""
    campaigns = oracle.send(X, copies, of=of)
    quiet, seen = 0, 0
    while quiet < _QUIET:
        oracle.wait()
        now = int(oracle.clicks().sum())
        quiet, seen = (quiet + 1, seen) if now == seen else (0, now)
    clicks: Counts = oracle.clicks()[campaigns]
    return clicks
