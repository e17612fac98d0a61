"""Which defense left least harm, over all attacks that do any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amlsec.evidence import Defended, Interval


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The defense that left least.

    Attributes
    ----------
    defense, member : its title and its catalogue name
    attacks : how many attacks do harm, and how many of them count that were played against it
    alone, left : mean harm over these attacks without it and with it; the full harm where it was not played
    price : how many more clean rows are judged wrongly
    knowing : whether every attack played was also played by one who knows it
    """

    defense: str
    member: str
    attacks: tuple[int, int]
    alone: float
    left: float
    price: Interval | None
    knowing: bool


Played = tuple[Interval, Sequence[Defended]]
"""An attack's harm where nothing defends, and what each defense leaves of it."""


def recommended(played: Sequence[Played]) -> Recommendation | None:
    """Of the defenses that help against an attack beyond chance, the one with the least sum of mean harm left and price.

    Only attacks count whose harm is more than chance. What is left is what the stronger attacker gains: all of the harm,
    where the attack was not played against the defense, or not by one who knows it though he was played against others.
    None where no defense beats doing nothing.

    >>> from amlsec.evidence import change, rate
    >>> weak = Defended("Weak", rate(60, 100), change(0, 0, 100), 100, member="weak")
    >>> sound = Defended("Sound", rate(5, 100), change(2, 0, 100), 100, member="sound")
    >>> found = recommended([(rate(80, 100), [weak, sound]), (rate(40, 100), [weak])])
    >>> found.defense, round(found.left, 3)
    ('Sound', 0.225)
    """
    harmful = [(alone, _counted(defended)) for alone, defended in played if alone.low > 0]
    names = sorted({d.member for alone, defended in harmful for d in defended if d.left.high < alone.low})
    best = min((_summed(name, harmful) for name in names), key=_loss, default=None)
    return best if best and _loss(best) < best.alone else None


def _counted(defended: Sequence[Defended]) -> list[Defended]:
    """Those that whoever knows the defense was played against; all, where he was played against none."""
    known = [defense for defense in defended if defense.adaptive]
    return known or list(defended)


def _loss(found: Recommendation) -> float:
    return found.left + max(found.price.value if found.price else 0.0, 0.0)


def _summed(name: str, harmful: Sequence[Played]) -> Recommendation:
    met = [next((d for d in defended if d.member == name), None) for _, defended in harmful]
    left = [d.left.value if d else alone.value for d, (alone, _) in zip(met, harmful, strict=True)]
    known = [defense for defense in met if defense]
    return Recommendation(
        known[0].defense,
        name,
        (len(harmful), len(known)),
        float(np.mean([alone.value for alone, _ in harmful])),
        float(np.mean(left)),
        known[0].price,
        all(defense.adaptive for defense in known),
    )
