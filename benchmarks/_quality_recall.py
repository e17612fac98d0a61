"""How much of an attack each method finds at 1 % false rejections, by row and by source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _quality_attacks import ATTACKS, Attacker, attacker
from _quality_data import Ground, Parts, Sizes, drawn
from _quality_methods import Floats, Ours, Peers, Places, stacked_batches
from numpy.typing import NDArray
from scipy.stats import rankdata

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.defenses.screens.group_tests import judge_groups
from amlsec.defenses.screens.harm_tests import Harm
from amlsec.defenses.screens.harms import consistency, margin, protected_loss
from amlsec.defenses.screens.roni import RONI
from amlsec.defenses.screens.stand_in import stand_in
from amlsec.impact.measure import margins
from amlsec.impact.units import Units
from amlsec.statistics import limit

FALSE = 0.01
SHARES = (0.01, 0.05)
SOURCES, BAD = 50, 5
ADDED, TESTED, TESTED_PROTECTED = "RONI leave-group-in", "RONI group test", "RONI group test, protected"
NULL_GROUPS = 400


@dataclass(frozen=True)
class Outcome:
    """One method on one batch of one draw: poison rows (or bad sources) caught, good ones caught, and the AUC."""

    data: str
    attack: str
    share: float
    unit: str
    method: str
    seed: int
    caught: int
    trials: int
    lost: int
    good: int
    auc: float


@dataclass(frozen=True, eq=False)
class Offer:
    """One batch of one attack: where its rows stand among all rows of the draw, which are poison, and their source."""

    attack: str
    share: float
    places: Places
    poison: NDArray[np.bool_]
    source: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Draw:
    """Everything scored for one draw of one data set: honest rows to set thresholds on, then honest and poison ones."""

    name: str
    seed: int
    parts: Parts
    him: Attacker
    screen: RONI
    rows: Batch
    null: Places
    offers: tuple[Offer, ...]

    @cached_property
    def ours(self) -> Ours:
        return Ours(self.screen, self.rows, self.him.assets)

    @cached_property
    def peers(self) -> Peers:
        return Peers(self.parts.trusted, self.rows)

    @cached_property
    def alone(self) -> dict[str, Floats]:
        """Scores of the methods that see one row at a time."""
        return self.ours.scores() | self.peers.scores()

    def scored(self, offer: Offer) -> Iterator[tuple[str, Floats, Floats]]:
        """Each method's scores of the honest rows and of the batch."""
        for method, score in self.alone.items():
            yield method, score[self.null], score[offer.places]
        for method, ask in self.peers.of_batch().items():
            score = ask(np.concatenate([self.null, offer.places]))
            yield method, score[: len(self.null)], score[len(self.null) :]


def draw(ground: Ground, seed: int, sizes: Sizes | None = None) -> Draw:
    """All attacks on one draw; the poison of 1 % is the first of that of 5 %."""
    rng = np.random.default_rng(seed)
    parts = drawn(ground, rng, sizes)
    him = attacker(parts, int(max(SHARES) * len(parts.clean)))
    poison = {attack.__name__: attack(him, rng) for attack in ATTACKS}
    there = {name: rows for name, rows in poison.items() if rows is not None}
    rows, (null, clean, *where) = stacked_batches([parts.null, parts.clean, *there.values()])
    offers = [offer(name, share, clean, places) for name, places in zip(there, where, strict=True) for share in SHARES]
    screen = RONI(random_state=seed).fit(parts.trusted)
    return Draw(ground.name, seed, parts, him, screen, rows, null, tuple(offers))


def offer(attack: str, share: float, clean: Places, poison: Places) -> Offer:
    """Honest rows and the poison, as 50 sources as large as each other, of which 5 share the poison evenly."""
    count = int(share * len(clean))
    places = np.concatenate([poison[:count], clean[: len(clean) - count]])
    source = np.empty(len(places), dtype=np.int64)
    source[:count] = np.arange(count) % BAD
    room = np.full(SOURCES, len(places) // SOURCES) - np.bincount(source[:count], minlength=SOURCES)
    source[count:] = np.repeat(np.arange(SOURCES), room)
    return Offer(attack, share, places, np.arange(len(places)) < count, source)


def outcomes(found: Draw) -> Iterator[Outcome]:
    """Every method on every batch, by row and by source."""
    rng = np.random.default_rng(found.seed)
    size = len(found.offers[0].places) // SOURCES
    groups = np.array([rng.choice(len(found.null), size, replace=False) for _ in range(NULL_GROUPS)])
    added, tested = groups_added(found, groups), dict(groups_tested(found, groups))
    for offer in found.offers:
        for method, null, score in found.scored(offer):
            yield by_row(found, offer, method, null, score)
            yield by_source(found, offer, method, null[groups].mean(axis=1), mean_of(score, offer.source))
        yield by_source(found, offer, ADDED, *added[offer.attack, offer.share])
        for method, (measured, honest) in tested.items():
            yield by_source(found, offer, method, honest, permuted(part(measured, offer.places), offer.source))


def by_row(found: Draw, offer: Offer, method: str, null: Floats, score: Floats) -> Outcome:
    """The threshold is that of the label; the AUC is of ranks among honest rows of the label."""
    y, null_y, caught = found.rows.y[offer.places], found.rows.y[found.null], np.zeros(len(score), dtype=bool)
    strange = np.zeros(len(score))
    for label in (BENIGN, MALICIOUS):
        own, honest = y == label, null[null_y == label]
        caught[own] = score[own] > limit(honest, FALSE)
        strange[own] = np.searchsorted(np.sort(honest), score[own]) + np.searchsorted(np.sort(honest), score[own], "right")
        strange[own] /= len(honest)
    return counted(found, offer, "row", method, caught, offer.poison, auc(strange, offer.poison))


def by_source(found: Draw, offer: Offer, method: str, null: Floats, score: Floats) -> Outcome:
    """The threshold is that of honest groups of as many rows."""
    bad = np.arange(SOURCES) < BAD
    return counted(found, offer, "source", method, score > limit(null, FALSE), bad, auc(score, bad))


def counted(
    found: Draw, offer: Offer, unit: str, method: str, caught: NDArray[np.bool_], bad: NDArray[np.bool_], area: float
) -> Outcome:
    counts = [int(part.sum()) for part in (caught & bad, bad, caught & ~bad, ~bad)]
    return Outcome(found.name, offer.attack, offer.share, unit, method, found.seed, *counts, area)


def auc(score: Floats, bad: NDArray[np.bool_]) -> float:
    """The chance that a bad one scores above a good one, ties half."""
    ranks, k = rankdata(score), int(bad.sum())
    return float((ranks[bad].sum() - k * (k + 1) / 2) / (k * (len(bad) - k)))


def mean_of(score: Floats, source: NDArray[np.int64]) -> Floats:
    return np.asarray(np.bincount(source, score) / np.bincount(source))


def groups_added(found: Draw, groups: Places) -> Mapping[tuple[str, float], tuple[Floats, Floats]]:
    """What honest groups and what each source of each batch do to the margins when added whole."""
    sets = [found.null[group] for group in groups]
    sets += [offer.places[offer.source == k] for offer in found.offers for k in range(SOURCES)]
    changes = [
        margins(stand_in(trial.base), trial.base, found.rows, trial.quiz, units=Units.of(sets))
        for trial in found.screen.trials_
    ]
    harm = -np.mean(changes, axis=0).sum(axis=1)
    parts = np.split(harm[len(groups) :], len(found.offers))
    return {
        (offer.attack, offer.share): (harm[: len(groups)], part) for offer, part in zip(found.offers, parts, strict=True)
    }


def groups_tested(found: Draw, groups: Places) -> Iterator[tuple[str, tuple[Harm, Floats]]]:
    """RONI's own test of groups: what it measures of every row, and its scores of the honest groups."""
    for method, tests in ((TESTED, (margin, consistency)), (TESTED_PROTECTED, (margin, consistency, protected_loss))):
        measured = found.ours.measured(*tests)
        honest = permuted(part(measured, found.null[groups].ravel()), np.arange(groups.size) // groups.shape[1])
        yield method, (measured, honest)


def part(measured: Harm, places: Places) -> Harm:
    return Harm(measured.harm[:, places], measured.y[places], measured.null, measured.null_y, measured.measures)


def permuted(measured: Harm, group: NDArray[np.int64]) -> Floats:
    """The score of each group, the worse of its labels. Near-duplicates count one by one, so that only the values decide."""
    each, null = np.arange(len(measured.y)), np.arange(len(measured.null_y))
    score = judge_groups(measured, group, each, null, 0.05).score
    return np.array([score[group == name].max() for name in np.unique(group)])
