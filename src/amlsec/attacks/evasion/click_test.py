"""AML-E33: learns from clicks alone which good words get a campaign through, by sequential tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.click_evidence import log_ratio
from amlsec.attacks.word_sets import Words, word_sets
from amlsec.budget import EvasionBudget
from amlsec.catalogue import evasion
from amlsec.data import BENIGN, Rows, texts
from amlsec.oracle import Oracle
from amlsec.space.contract import Space
from amlsec.space.text import TextSpace, textual
from amlsec.standards import Standards
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation

WRONGLY_BELIEVED, WRONGLY_DROPPED = 0.05, 0.1
_MOST, _LAST = 0.75, 0.99
"""He waits until this share of a campaign's clicks has come, and of the last one's in the end."""


@evasion(
    code="AML-E33",
    threat=ThreatModel(Influence.EXPLORATORY, Violation.INTEGRITY, Specificity.TARGETED),
    access=Access.OUTCOMES,
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("wald1945sequential", "robbins1970statistical", "lowd2005good"),
    standards=Standards(("AML.T0043.001", "AML.T0015"), ("NISTAML.025",), ("ML01",)),
)
def click_test(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Sends each text with one set of good words after another, few copies at a time, until the clicks say that one passes.

    Wald's sequential probability ratio test, "Sequential tests of statistical hypotheses", Annals of Mathematical Statistics
    16, 1945, of "passes" against "stopped", with the mixture of Robbins, "Statistical methods related to the law of the
    iterated logarithm", same journal 41, 1970, where campaigns are uneven; `click_evidence` counts clicks under way. A set
    is believed at a ratio of 1 / alpha_k and dropped at 0.1, so that of those that pass at most 10 % are dropped; the k-th
    set has alpha_k = 0.05 (6 / pi^2) / k^2, so that however many a text tries, what is stopped is believed with a chance of
    at most 5 % while he has mails (Ville's inequality). He is told the channel: its rates and delay are a sender's own
    experience. Mails cost him, time does not: he sends an eighth of a click's worth of copies at a time and waits until
    three of four clicks have come.

    Takes texts (n,) that do not pass; returns each with the set that the clicks speak for most, or as it was where they
    speak for none. Raises InvalidInput where the space is not one of texts.

    >>> class Trusting:
    ...     def labels(self, X): return np.array([int("agenda" not in row) for row in X])
    ...     def scores(self, X): return self.labels(X).astype(float)
    >>> oracle = Oracle(Trusting(), access=Access.OUTCOMES, rows=1, queries=2000)
    >>> space, rng = TextSpace(["lunch", "meeting", "agenda"]), np.random.default_rng(0)
    >>> click_test(oracle, texts(["cheap pills"]), space=space, budget=EvasionBudget(1, 2000), rng=rng)
    array(['cheap pills agenda'], dtype=object)
    """
    words = textual(space)
    streams = rng.spawn(len(X))
    mailing = _Mailing(oracle, X, words, [word_sets(words.promising(BENIGN), budget.cost, own) for own in streams])
    while mailing.sends():
        mailing.judge()
    return mailing.believed()


class _Mailing:
    """Candidates numbered from 0, each of one row and its k-th; and campaigns, each of one candidate."""

    def __init__(self, oracle: Oracle, X: Rows, space: TextSpace, sets: list[Iterator[Words]]) -> None:
        self.oracle, self.X, self.space, self.sets = oracle, X, space, sets
        self.size = int(np.ceil(0.125 / oracle.channel.rate))
        self.patience = next(rounds for rounds in count(1) if oracle.channel.seen(rounds) >= _MOST)
        self.text: list[str] = []
        self.row: list[int] = []
        self.place: list[int] = []
        self.tested: dict[int, int] = {}
        self.campaigns: list[tuple[int, int, int]] = []
        self.rounds = 0
        for row in range(len(X)):
            self._next(row)

    def sends(self) -> bool:
        """Sends some copies of each row's candidate under test, and waits; False where no row has mails for it."""
        left = self.oracle.left(np.array(list(self.tested), dtype=np.intp))
        copies = {row: min(self.size, int(most)) for row, most in zip(self.tested, left, strict=True) if most > 0}
        if not copies:
            return False
        tested = [self.tested[row] for row in copies]
        sent = texts([self.text[k] for k in tested])
        self.oracle.send(sent, np.array(list(copies.values())), of=np.array(list(copies), dtype=np.intp))
        self.campaigns += [(k, many, self.rounds) for k, many in zip(tested, copies.values(), strict=True)]
        self.oracle.wait(self.patience)
        self.rounds += 1 + self.patience
        return True

    def judge(self) -> None:
        """Ends the tests of rows with a candidate that is believed; goes on to the next where one is dropped."""
        evidence = self._evidence()
        wrongly = WRONGLY_BELIEVED * 6 / np.pi**2 / np.array(self.place) ** 2
        for believed in np.flatnonzero(evidence >= -np.log(wrongly)):
            self.tested.pop(self.row[believed], None)
        for row, k in list(self.tested.items()):
            if evidence[k] <= np.log(WRONGLY_DROPPED):
                self._next(row)

    def believed(self) -> Rows:
        """Each row as the clicks speak for it, when all but a few have come."""
        while self.campaigns and self.oracle.channel.seen(self.rounds - self.campaigns[-1][2] - 1) < _LAST:
            self.oracle.wait()
            self.rounds += 1
        evidence, best = self._evidence(), list(self.X)
        for k in np.argsort(evidence, kind="stable"):
            if evidence[k] > 0:
                best[self.row[k]] = self.text[k]
        return texts(best)

    def _next(self, row: int) -> None:
        """The row's next set is tested; the row is not, where there is none."""
        self.tested.pop(row, None)
        chosen = next(self.sets[row], None)
        if chosen:
            self.tested[row] = len(self.text)
            self.place.append(1 + self.row.count(row))
            self.row.append(row)
            self.text.append(self.space.adding(self.X[row], chosen))

    def _evidence(self) -> NDArray[np.float64]:
        """For each candidate, the log of how much likelier what was seen is if it passes."""
        candidate, copies, sent = np.array(self.campaigns, dtype=np.int64).reshape(-1, 3).T
        ages = self.rounds - 1 - sent
        evidence = np.zeros(len(self.text))
        np.add.at(evidence, candidate, log_ratio(self.oracle.channel, self.oracle.clicks(), copies, ages))
        return evidence
