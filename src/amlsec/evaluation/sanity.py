"""Doubts about the evaluation itself: numbers that good attacks on a sound test would not give.

After "On evaluating adversarial robustness" (Carlini et al. 2019), section 4: unbounded attacks must win, more budget
must not help less, and who sees less of the model must not do better than who sees more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from amlsec.catalogue import Card
from amlsec.evidence import Curve, Interval
from amlsec.threat import Influence

LEAST_WIN = {Influence.EXPLORATORY: 0.95, Influence.CAUSATIVE: 0.5}
"""What the strongest attack of a cell must win without bounds: nearly every row, or half of them with half of the data."""


def unbounded_loses(best: Mapping[str, Interval]) -> list[str]:
    """Cells whose strongest attack does not win though its budget has no bound; `best` maps a cell to its harm."""
    return [
        f"{cell}: the strongest attack without bounds wins {harm} only, so its bounded figures may flatter the model"
        for cell, harm in best.items()
        if harm.high < next(least for influence, least in LEAST_WIN.items() if cell.startswith(influence))
    ]


def more_helps_less(curves: Iterable[tuple[str, Curve]]) -> list[str]:
    """Attacks that do significantly worse with more budget."""
    return [
        f"{name}: {later.harm} at {later.budget:g} {curve.unit}, though {earlier.harm} at {earlier.budget:g}"
        for name, curve in curves
        for earlier, later in combinations(curve.points, 2)
        if later.harm.high < earlier.harm.low
    ]


def less_sight_wins(harms: Iterable[tuple[Card, Interval]]) -> list[str]:
    """Attacks that do significantly better than all who see more of the model, know no less and are after the same harm.

    Cells that differ in specificity alone are one: rows are drawn from the same ones for every evasion attack.
    """
    doubts = []
    for card, harm, better_placed in comparable(harms):
        if all(harm.low > other.high for other in better_placed):
            doubts.append(
                f"{card.name} sees less of the model ({card.access}) than others after the same harm, yet wins more: {harm}"
            )
    return doubts


def comparable(harms: Iterable[tuple[Card, Interval]]) -> list[tuple[Card, Interval, list[Interval]]]:
    """Each attack that others are better placed than, and what those win."""
    known = list(harms)
    placed = [(card, harm, [h for c, h in known if _same_harm(c, card) and _sees_more(c, card)]) for card, harm in known]
    return [(card, harm, others) for card, harm, others in placed if others]


def _same_harm(one: Card, other: Card) -> bool:
    return one.cell.axes[:2] == other.cell.axes[:2]


def _sees_more(one: Card, other: Card) -> bool:
    return one.access.rank > other.access.rank and one.knowledge.includes(other.knowledge)
