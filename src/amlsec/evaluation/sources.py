"""How bad each source could be: its blast radius, and risk = likelihood x harm, ranked.

A source's blast radius is the harm measured when it alone, with its present share of the training rows, turns hostile
under the strongest applicable attack (Barreno, Nelson, Joseph and Tygar, "The security of machine learning", 2010). Harm is
how much the share of wrong verdicts grows among the test rows an attack is after: benign rows for availability, malicious
rows for integrity. The strongest attack is chosen on one half of these rows and its harm reported on the other, which no
choice was made on: the largest of several noisy numbers would flatter the attacker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.agreement import Suspicion, reference, source_names, suspicions
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.evaluation.ground import Ground
from amlsec.evidence import Interval, change
from amlsec.frame import poison
from amlsec.oracle import Model
from amlsec.register import Register
from amlsec.scene import Scene, contaminate
from amlsec.threat import Specificity, Violation

TARGETS = 8
"""How many rows of a half a targeted attack is after at a time."""


EVEN = 0.5
"""Attacks are compared by the lower end of this even interval: few rows won by luck do not make the strongest."""


@dataclass(frozen=True, slots=True)
class Blast:
    """One source under one attack; plain data, `Blast(**asdict(blast))` is the same.

    Attributes
    ----------
    rows, of : training rows of the source, and of all
    poisoned : rows that the attack added or edited
    chosen_on, reported : in each half of the test rows the attack is after, the rows that turned wrong, the rows that
        turned right, and all
    """

    source: str
    attack: str
    rows: int
    of: int
    poisoned: int
    chosen_on: tuple[int, int, int]
    reported: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class SourceRisk:
    """One source's place in the ranking.

    Attributes
    ----------
    rows, share : its training rows, and their share of all
    likelihood : how likely it is compromised
    attack : the strongest by its 50 % interval's lower end, on the half it was chosen on; `tried` were applicable
    harm, trials : what that attack did on the other half, and the rows that this is out of
    risk : likelihood x harm, harm below 0 counted as 0; its ends are the products of the ends, a cautious interval
    """

    source: str
    rows: int
    share: float
    likelihood: Interval
    attack: str
    tried: int
    harm: Interval
    trials: int
    risk: Interval


def blast_radius(ground: Ground, source: str, attack: Card, rng: np.random.Generator) -> Blast:
    """What one poisoning attack does when all training rows of one source, and no others, are the attacker's.

    A targeted attack is after up to 8 rows of each half, all at once. Tests are halved by content, the same way for every
    attack and source. Raises InvalidInput where the source has no training rows or all of them.
    """
    own = np.flatnonzero(source_names(ground.train) == source)
    if not 0 < len(own) < len(ground.train):
        raise InvalidInput("source", source, f"must have some of the {len(ground.train)} training rows, and not all")
    label = BENIGN if attack.cell.violation == Violation.AVAILABILITY else MALICIOUS
    played = _turned_at_targets if attack.cell.specificity == Specificity.TARGETED else _turned
    poisoned, (chosen_on, reported) = played(ground, own, attack, halves(ground.test.labelled(label)), rng)
    return Blast(str(source), attack.name, len(own), len(ground.train), poisoned, chosen_on, reported)


def halves(rows: Batch) -> tuple[Batch, Batch]:
    """Two parts of about equal size; which part a row is in follows from its content alone."""
    second = np.array([int(digest[:2], 16) % 2 for digest in rows.content()], dtype=bool)
    return rows.rows(~second), rows.rows(second)


def likelihoods(ground: Ground, register: Register) -> dict[str, Suspicion]:
    """How likely each source of the training rows is compromised, by the register and by agreement with trusted rows."""
    against = reference(ground.trusted, ground.offers["estimator"], np.random.default_rng(0))
    return suspicions(ground.train, register, against)


def rank(blasts: Iterable[Blast], likelihood: Mapping[str, Interval]) -> list[SourceRisk]:
    """The sources by risk, largest first; of equal risk, by harm and then by name.

    Blasts without a row to report on are left out, and so are sources without another. Raises InvalidInput where a
    source has no likelihood.

    >>> likelihood = {"web": Interval(0.3, 0.1, 0.6), "desk": Interval(0.01, 0.0, 0.05)}
    >>> flips = Blast("web", "random-flips", 50, 500, 50, chosen_on=(2, 0, 100), reported=(9, 0, 100))
    >>> worst = Blast("web", "hostile-source", 50, 500, 50, chosen_on=(20, 0, 100), reported=(18, 0, 100))
    >>> desk = Blast("desk", "hostile-source", 90, 500, 90, chosen_on=(30, 0, 100), reported=(33, 0, 100))
    >>> for row in rank([flips, worst, desk], likelihood):
    ...     print(row.source, row.attack, row.harm, f"{row.risk.value:.4f}")
    web hostile-source 18.0% (9.8% to 25.5%) 0.0540
    desk hostile-source 33.0% (22.9% to 41.8%) 0.0033
    """
    by_source: dict[str, list[Blast]] = {}
    for blast in blasts:
        if blast.chosen_on[2] and blast.reported[2]:
            by_source.setdefault(blast.source, []).append(blast)
    missing = sorted(set(by_source) - set(likelihood))
    if missing:
        raise InvalidInput("likelihood", missing, "must be given for every source")
    risks = [_risk(tried, likelihood[source]) for source, tried in by_source.items()]
    return sorted(risks, key=lambda row: (-row.risk.value, -row.harm.value, row.source))


def _risk(tried: list[Blast], likelihood: Interval) -> SourceRisk:
    strongest = max(sorted(tried, key=lambda blast: blast.attack), key=_strength)
    harm = change(*strongest.reported)
    ends = ((likelihood.value, harm.value), (likelihood.low, harm.low), (likelihood.high, harm.high))
    risk = Interval(*(chance * max(loss, 0.0) for chance, loss in ends))
    share = strongest.rows / strongest.of
    attack, trials = strongest.attack, strongest.reported[2]
    return SourceRisk(strongest.source, strongest.rows, share, likelihood, attack, len(tried), harm, trials, risk)


def _strength(blast: Blast) -> float:
    gained, lost, trials = blast.chosen_on
    return change(gained, lost, trials, EVEN).low


_Turned = tuple[int, tuple[tuple[int, int, int], ...]]
"""Rows poisoned, and what turned in each half."""


def _turned(
    ground: Ground, own: NDArray[np.intp], attack: Card, parts: tuple[Batch, ...], rng: np.random.Generator
) -> _Turned:
    model, poisoned = _attacked(ground, own, attack, None, rng)
    return poisoned, tuple(_paired(ground.clean_model(None), model, part) for part in parts)


def _turned_at_targets(
    ground: Ground, own: NDArray[np.intp], attack: Card, parts: tuple[Batch, ...], rng: np.random.Generator
) -> _Turned:
    turned, poisoned = [], 0
    for part in parts:
        targets = part.rows(rng.permutation(len(part))[:TARGETS])
        model, poisoned = _attacked(ground, own, attack, targets, rng)
        turned.append(_paired(ground.clean_model(None), model, targets))
    return poisoned, tuple(turned)


def _attacked(
    ground: Ground, own: NDArray[np.intp], attack: Card, target: Batch | None, rng: np.random.Generator
) -> tuple[Model, int]:
    """The classifier trained after the attack, and how many rows are poison."""
    train = ground.train
    scene = Scene(train.rows(own), len(train), ground.space, train.drop(own), ground.offers["estimator"], target)
    dose = poison(attack, scene, budget=PoisonBudget(len(own) / len(train)), rng=rng)
    return ground.system(None).train(contaminate(train, own, dose), ground.trusted), len(dose)


def _paired(before: Model, after: Model, rows: Batch) -> tuple[int, int, int]:
    was, is_ = (model.labels(rows.X) != rows.y for model in (before, after))
    return int((is_ & ~was).sum()), int((was & ~is_).sum()), len(rows)
