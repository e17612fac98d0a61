"""The campaigns: what one hostile reporter writes into his share of a week's mails.

He is honest until the campaign begins. From then on a part of his mails is replaced by what an attack of the catalogue
gives him, under the labels the attack asks for: people who report mails are believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any
from zlib import crc32

import numpy as np
from _gate_mails import OFFERED, Year
from numpy.typing import NDArray
from scipy.sparse import vstack
from wordfreq import top_n_list

from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.frame import poison
from amlsec.scene import Scene
from amlsec.space.text import TextSpace

WORDS = 4_000
"""The attacker's dictionary: so many of the most frequent English words."""
LEFT_OUT = 0.1
"""The share of the words that each of his mails leaves out, so that no two have the same tokens."""
TARGETS, SPAM = 5, 20
"""Awaited mails of a focused attack, and mails of a coming campaign of spam."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """What one source does.

    Attributes
    ----------
    attack : a name in `ATTACKS`
    source : whose mails it takes the place of
    begins : the first week of it
    share : of the mails that all hand in during a week, at most, in [0, 1)
    growth : how much larger it becomes every week, from one mail on; infinity begins at once with all
    """

    attack: str
    source: str
    begins: int = 10
    share: float = 0.03
    growth: float = np.inf

    @property
    def asks(self) -> bool:
        """Whether what he writes depends on the filter in use, and so on what was accepted before."""
        return self.attack == "boiling frog"

    def rows(self, week: int, offered: int) -> int:
        """How many mails it writes in a week in which so many are handed in by all."""
        most = PoisonBudget(self.share).rows(of=offered)
        if week < self.begins:
            return 0
        return most if np.isinf(self.growth) else min(most, int(self.growth ** (week - self.begins)))

    def rng(self, week: int) -> np.random.Generator:
        """Chance that is the same whatever the gate did."""
        return np.random.default_rng([crc32(f"{self.attack} {self.source}".encode()), week])


Written = Callable[[Scene, PoisonBudget, np.random.Generator], Batch]


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """What a source hands in: honest mails, by their positions in the year, and hostile ones."""

    source: str
    kept: NDArray[np.intp]
    hostile: Batch

    def __len__(self) -> int:
        return len(self.kept) + len(self.hostile)

    def rows(self, year: Year) -> Batch:
        """The mails, the hostile ones last."""
        return year.mails.rows(self.kept) + self.hostile.from_source(self.source)

    def tokens(self, year: Year) -> Any:
        """Which of them holds which token the year knows."""
        return _tokens(year, self)


def handed_in(year: Year, campaign: Campaign | None, source: str, week: int, model: SpamBayes | None) -> Submission:
    """What a source hands in during a week; `model` is the filter in use, for an attacker who sees it."""
    his = campaign if campaign is not None and campaign.source == source else None
    return _written(year, his, source, week) if his is None or not his.asks else _write(year, his, source, week, model)


@lru_cache(maxsize=4096)
def _written(year: Year, campaign: Campaign | None, source: str, week: int) -> Submission:
    return _write(year, campaign, source, week, None)


def _write(year: Year, campaign: Campaign | None, source: str, week: int, model: SpamBayes | None) -> Submission:
    own, offered = year.which(OFFERED, week, source), len(year.which(OFFERED, week))
    count = 0 if campaign is None else min(campaign.rows(week, offered), len(own))
    if campaign is None or not count:
        return Submission(source, own, year.mails.rows(own[:0]))
    rng = campaign.rng(week)
    scene = replace(_scene(year, campaign, week), total=offered, deployed=model)
    added = ATTACKS[campaign.attack](scene, PoisonBudget(count / offered), rng)
    return Submission(source, np.sort(rng.permutation(own)[len(added) :]), added)


@lru_cache(maxsize=4096)
def _tokens(year: Year, submission: Submission) -> Any:
    own = year.tokens[submission.kept]
    if not len(submission.hostile):
        return own
    return vstack([own, presence(submission.hostile.X, vocabulary=year.vocabulary)[0]], "csr")


def aims(year: Year, campaign: Campaign) -> Batch:
    """The mails this campaign is about: those that must not arrive, or the spam that is to pass; none of a dictionary's.

    They come in the last quarter of the year and are kept from everybody's training.
    """
    label = MALICIOUS if campaign.attack in PASSES else BENIGN
    count = {"dictionary": 0, "focused": TARGETS}.get(campaign.attack, SPAM)
    late = year.late(label)
    inbox = np.array([name.startswith(campaign.source[:-1]) for name in year.mails.rows(late).source], dtype=bool)
    return year.mails.rows(np.sort(campaign.rng(0).choice(late[inbox], count, replace=False)))


def _scene(year: Year, campaign: Campaign, week: int) -> Scene:
    """His own mails of this week and the four before; for spam that is to pass, his ham and that spam."""
    own = year.mails.rows(
        np.concatenate([year.which(OFFERED, w, campaign.source) for w in range(max(1, week - 4), week + 1)])
    )
    wanted = aims(year, campaign)
    if campaign.attack in PASSES:
        words = dict.fromkeys(word for spam in wanted.X for word in spam.split())
        return Scene(own.labelled(BENIGN) + wanted, 0, TextSpace(list(words)))
    return Scene(own, 0, TextSpace([]), target=wanted)


def _of_catalogue(name: str, **settings: Any) -> Written:
    card = replace(named(name), run=partial(named(name).run, **settings))
    return lambda scene, budget, rng: poison(card, scene, budget=budget, rng=rng).added


def _dictionary(scene: Scene, budget: PoisonBudget, rng: np.random.Generator) -> Batch:
    """One mail after another, each with words of its own choice."""
    each = []
    for _ in range(budget.rows(of=scene.total)):
        some = TextSpace(frequent()[rng.random(len(frequent())) >= LEFT_OUT].tolist())
        one = poison(named("dictionary"), replace(scene, space=some), budget=PoisonBudget(1 / scene.total), rng=rng)
        each.append(one.added)
    return sum(each[1:], each[0])


@cache
def frequent() -> NDArray[Any]:
    """The attacker's dictionary."""
    return np.array([word for word in top_n_list("en", WORDS) if word.split() == [word]])


ATTACKS: dict[str, Written] = {
    "dictionary": _dictionary,
    "focused": _of_catalogue("focused", guessed=0.5),
    "pseudospam": _of_catalogue("pseudospam"),
    "boiling frog": _of_catalogue("slow-drift", steps=10),
    "diluted pseudospam": _of_catalogue("pseudospam", held=0.1),
}
PASSES = ("pseudospam", "boiling frog", "diluted pseudospam")
"""Those that let spam through; the others keep ham from arriving."""
