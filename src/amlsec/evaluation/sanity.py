"""Doubts about the evaluation itself: numbers that good attacks on a sound test would not give.

After "On evaluating adversarial robustness" (Carlini et al. 2019), section 4: unbounded attacks must win, more budget
must not help less, and who sees less of the model must not do better than who sees more. After "Obfuscated gradients give
a false sense of security" (Athalye et al. 2018), section 3.1: one step must not do better than many. A slope must be
there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np

from amlsec.catalogue import Card
from amlsec.data import Rows
from amlsec.evidence import Curve, Interval
from amlsec.oracle import Model
from amlsec.threat import Influence
from amlsec.whitebox.look import inside
from amlsec.whitebox.slope import Slope

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


def one_step_wins(harms: Iterable[tuple[Card, Interval]], step: str = "fgsm", steps: str = "pgd") -> list[str]:
    """That an attack of one gradient step does significantly better than one of many, by their cards' names."""
    known = {card.name: harm for card, harm in harms}
    if step not in known or steps not in known or known[step].low <= known[steps].high:
        return []
    return [f"{step} takes one step and wins {known[step]}, {steps} takes many and wins {known[steps]}: gradients mislead"]


def slope_vanishes(model: Model, X: Rows) -> list[str]:
    """That the model's gradient is 0, NaN or infinite at some of these rows (n, d), so that it leads nobody.

    Raises NotApplicable where the model has no slope to be seen.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.oracle import Classifier
    >>> X = np.array([[0.0], [1.0]])
    >>> slope_vanishes(Classifier(LogisticRegression().fit(X, [0, 1])), X)
    []
    """
    gradient = inside(model, Slope).gradient(X)
    lost = int((~np.isfinite(gradient).all(axis=1) | (gradient == 0).all(axis=1)).sum())
    return [f"the gradient is 0, NaN or infinite at {lost} of {len(X)} rows: it is masked there"] if lost else []


def comparable(harms: Iterable[tuple[Card, Interval]]) -> list[tuple[Card, Interval, list[Interval]]]:
    """Each attack that others are better placed than, and what those win."""
    known = list(harms)
    placed = [(card, harm, [h for c, h in known if _same_harm(c, card) and _sees_more(c, card)]) for card, harm in known]
    return [(card, harm, others) for card, harm, others in placed if others]


def _same_harm(one: Card, other: Card) -> bool:
    return one.cell.axes[:2] == other.cell.axes[:2]


def _sees_more(one: Card, other: Card) -> bool:
    return one.access.rank > other.access.rank and one.knowledge.includes(other.knowledge)
