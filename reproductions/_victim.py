"""One sender's mail in Enron-Spam, and how many words make a filter stop it: one addition to all, or each mail's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from _enron import corpus, draw
from numpy.typing import NDArray

from amlsec.audit.models import default
from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Rows, texts
from amlsec.frame import evade
from amlsec.oracle import Classifier
from amlsec.space.text import TextSpace, infer_words

SENDER = "vince"
SHARE = 0.9


@dataclass(frozen=True, eq=False)
class Victim:
    """A filter, what the attacker may add, mails of one sender that he has seen, and others of the same sender."""

    model: Classifier
    space: TextSpace
    known: Rows
    others: Rows


@dataclass(frozen=True)
class Smeared:
    """For each number of words, the share stopped of the known mails, and of the others with the same; queries a mail."""

    stopped: dict[int, float]
    carried: dict[int, float]
    queries: int

    @property
    def words(self) -> float:
        """The fewest words tried that stop SHARE of the known mails; infinity where none do."""
        return min((float(words) for words, share in self.stopped.items() if share >= SHARE), default=np.inf)


def victim(half: int, many: int, seed: int) -> Victim:
    """The audit's usual filter of so many ham and spam, none of them the victim's; the attacker has read half as many."""
    mails, rng = corpus(), np.random.default_rng(seed)
    signed = np.array([text.split()[-1:] == [SENDER] for text in mails.X]) & (mails.y == BENIGN)
    rest = mails.rows(~signed)
    train, read = (rest.rows(places) for places in draw(rest.y, rng, half, half // 2))
    space = infer_words(read, lookalikes=False)
    model = Classifier(default(space).fit(train.X, train.y))
    theirs = mails.rows(rng.permutation(np.flatnonzero(signed))).X
    passing = theirs[model.labels(theirs) == BENIGN]
    return Victim(model, space, passing[:many], passing[many:])


def smeared(of: Victim, words: tuple[int, ...], queries: int, seed: int) -> Smeared:
    """`smear` with each of these numbers of words."""
    stopped, carried, asked = {}, {}, 0
    for cost in words:
        found = _played("smear", of, cost, queries, seed)
        same = _addition(of.known, found.X)
        changed = texts([of.space.adding(row, same) for row in of.others])
        stopped[cost] = float((found.verdicts == MALICIOUS).mean())
        carried[cost] = float(of.model.labels(changed).mean())
        asked = max(asked, int(found.queries.max()))
    return Smeared(stopped, carried, asked)


def one_by_one(of: Victim, most: int, queries: int, seed: int) -> tuple[NDArray[np.float64], float]:
    """Words that `false_alarms` adds to each known mail (n,), infinity where it stops none; and queries a mail."""
    found = _played("false-alarms", of, most, queries, seed)
    return np.where(found.verdicts == MALICIOUS, found.cost, np.inf), float(found.queries.mean())


def herrings(of: Victim, words: tuple[int, ...], seed: int) -> dict[int, float]:
    """The share of the known mails stopped by `red_herrings`, which asks nothing, with each of these numbers of words."""
    return {cost: float(_played("red-herrings", of, cost, 0, seed).verdicts.mean()) for cost in words}


def words_for(cost: NDArray[np.float64]) -> float:
    """The words in each mail with which SHARE of the mails are stopped."""
    return float(np.quantile(cost, SHARE, method="higher"))


def _played(attack: str, of: Victim, cost: int, queries: int, seed: int) -> Any:
    budget, rng = EvasionBudget(cost, queries), np.random.default_rng(seed)
    return evade(named(attack), of.model, of.known, space=of.space, budget=budget, rng=rng)


def _addition(before: Rows, after: Rows) -> list[str]:
    """The words added to every mail that was changed."""
    added = [new[len(old) :].split() for old, new in zip(before, after, strict=True) if old != new]
    return added[0] if added else []
