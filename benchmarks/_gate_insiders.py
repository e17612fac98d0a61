"""Attackers who know the gate: mails of many strengths, tried on copies of the gate before they are handed in.

What a copy is made of is what the attacker knows: nothing (he hands in all), the policy and mails like the trusted ones,
the trusted mails themselves, or these and the secret that says which of them compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from _gate_campaigns import Campaign, aims, frequent
from _gate_keeper import Court
from _gate_mails import OFFERED, QUARTER, Year
from numpy.typing import NDArray

from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.frame import poison
from amlsec.gate.judging.panel import Panel
from amlsec.scene import Scene
from amlsec.space.text import TextSpace

AT = 1
"""The quarter, from 0, under whose root he hands in."""
SURE = 0.05
"""The p-value that a mail must have in his copy of the gate: the gate holds what is at or under 0.01."""
Written = Callable[[Year, Campaign, int, np.random.Generator], Batch]


@dataclass(frozen=True, slots=True)
class Family:
    """Mails of one kind and strength; what they are after is as in the campaign of that name."""

    name: str
    attack: str
    write: Written


def _by(card: str, year: Year, campaign: Campaign, count: int, rng: np.random.Generator, **settings: float) -> Batch:
    """So many mails of an attack of the catalogue."""
    own, wanted = _own(year, campaign), aims(year, campaign)
    if campaign.attack == "pseudospam":
        scene = Scene(own.labelled(BENIGN) + wanted, count * 2, TextSpace([]))
    else:
        scene = Scene(own, count * 2, TextSpace([]), target=wanted)
    attack = replace(named(card), run=partial(named(card).run, **settings))
    return poison(attack, scene, budget=PoisonBudget(0.5), rng=rng).added


def _diluted(year: Year, campaign: Campaign, count: int, rng: np.random.Generator, words: int) -> Batch:
    """Real spam, each followed by a few words of the dictionary."""
    covers = rng.choice(_own(year, campaign).labelled(MALICIOUS).X, count)
    added = [" ".join([cover, *rng.choice(frequent(), words, replace=False)]) for cover in covers]
    return Batch(texts(added), np.full(count, MALICIOUS))


def _replayed(year: Year, campaign: Campaign, count: int, rng: np.random.Generator) -> Batch:
    """Real spam that shares most words with an awaited mail, in another order each time."""
    spam, wanted = _own(year, campaign).labelled(MALICIOUS), aims(year, campaign)
    have, want = (presence(rows.X, vocabulary=year.vocabulary)[0] for rows in (spam, wanted))
    nearest = [int(k) for mail in want for k in np.argsort(-np.asarray((have @ mail.T).todense()).ravel())[:3]]
    chosen = [spam.X[nearest[k % len(nearest)]].split() for k in range(count)]
    return Batch(texts([" ".join(rng.permutation(words)) for words in chosen]), np.full(count, MALICIOUS))


def _own(year: Year, campaign: Campaign) -> Batch:
    """His own mails of the year before he begins."""
    weeks = range(1, AT * QUARTER + 1)
    return year.mails.rows(np.concatenate([year.which(OFFERED, week, campaign.source) for week in weeks]))


def _pseudospam(held: float) -> Family:
    return Family(f"pseudospam, {held:.0%} of the words", "pseudospam", partial(_by, "pseudospam", held=held))


def _dictionary(words: int) -> Family:
    return Family(f"dictionary, {words} words in real spam", "dictionary", partial(_diluted, words=words))


def _padded(padding: float) -> Family:
    by = partial(_by, "padded-focused", guessed=0.5, padding=padding)
    return Family(f"focused, {padding:g} times padded", "focused", by)


FAMILIES = (
    *(_pseudospam(held) for held in (0.9, 0.3, 0.1, 0.03)),
    *(_dictionary(words) for words in (1000, 300, 100, 30)),
    Family("focused", "focused", partial(_by, "focused", guessed=0.5)),
    *(_padded(padding) for padding in (4, 16)),
    Family("real spam like the awaited mail, again and again", "focused", _replayed),
)


def copies(court: Court, source: str, rng: np.random.Generator) -> Mapping[str, Panel | None]:
    """By what he knows, his copy of the gate."""
    year, policy = court.year, court.policy
    others = np.flatnonzero((year.role == OFFERED) & (year.week <= AT * QUARTER) & (year.mails.source != source))
    size = len(year.root(AT))
    like = year.mails.rows(rng.choice(others, min(size, len(others)), replace=False))
    return {
        "nothing": None,
        "the policy": Panel.fit(policy, like, seed=99),
        "the trusted mails": Panel.fit(policy, year.mails.rows(year.root(AT)), seed=99),
        "the trusted mails and the secret": court.panel(AT),
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attacker got of one family.

    Attributes
    ----------
    written : mails
    tried : those that his copy let through and that he had room for
    accepted : those of them that the gate accepted
    wrong, of : of the mails he is after, how many go his way in the end
    """

    family: str
    attack: str
    knows: str
    source: str
    written: int
    tried: int
    accepted: int
    wrong: int
    of: int


def outcomes(court: Court, source: str, room: int, write: int) -> Iterator[Outcome]:
    """Every family by every attacker from one source; of `write` mails he hands in at most `room`."""
    rng = np.random.default_rng(7)
    known = copies(court, source, rng)
    for family in FAMILIES:
        campaign = Campaign(family.attack, source)
        mails = family.write(court.year, campaign, write, rng).from_source(source)
        passed = accepted(court.panel(AT), mails)
        for knows, copy in known.items():
            his = np.flatnonzero(likely(copy, mails))[:room]
            taught = mails.rows(his[passed[his]])
            wrong, of = harm(court.year, campaign, taught)
            yield Outcome(family.name, family.attack, knows, source, write, len(his), len(taught), wrong, of)


def accepted(panel: Panel, mails: Batch) -> NDArray[np.bool_]:
    """Which mails (n,) pass the gate's check of rows; what judges submissions and sources, he dilutes with honest mails."""
    judged = panel.judge(mails)
    return np.asarray((judged.p > panel.policy.rates.quarantine) & judged.new)


def likely(copy: Panel | None, mails: Batch) -> NDArray[np.bool_]:
    """Which mails (n,) he thinks will pass."""
    return np.ones(len(mails), dtype=bool) if copy is None else copy.judge(mails).p > SURE


def harm(year: Year, campaign: Campaign, taught: Batch) -> tuple[int, int]:
    """Of the mails he is after, how many a filter gets wrong that learned the honest year and these, and all."""
    honest = np.concatenate([np.flatnonzero(year.role == OFFERED), year.root(year.weeks)])
    model = SpamBayes().fit(year.tokens[honest], year.mails.y[honest])
    if len(taught):
        model.partial_fit(presence(taught.X, vocabulary=year.vocabulary)[0], taught.y)
    wanted = aims(year, campaign)
    if not len(wanted):
        wanted = year.mails.rows(year.late(BENIGN))
    wrong = model.predict(presence(wanted.X, vocabulary=year.vocabulary)[0]) != wanted.y
    return int(wrong.sum()), len(wanted)
