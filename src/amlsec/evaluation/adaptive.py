"""The attacker who knows the defense: any poisoning attack, adapted to it in rehearsal.

After "On adaptive attacks to adversarial example defenses" (Tramer et al. 2020): no defense is said to hold that was only
tried on attackers who do not know it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card
from amlsec.data import Batch
from amlsec.evaluation.disguise import disguised
from amlsec.frame import checked, poison, wanted
from amlsec.rehearsal import Rehearsal, Rehearsed
from amlsec.scene import Poison, Scene, nothing
from amlsec.space.traffic import TrafficSpace
from amlsec.threat import Knowledge

TRIES = 8
"""Once through all he can think of, and the attack from another seed."""
STRENGTHS = (0.25, 0.5, 0.75, 0.9)
"""How far towards honest rows poison is moved that was caught before."""


SHARES = {"trusted": 0.30, "train": 0.45, "quiz": 0.25}
"""His stand-in for the trusted rows is as large as it can be: with few of them a calibrated screen stops nothing."""


def adapted(card: Card, scene: Scene, *, budget: PoisonBudget, rng: np.random.Generator, tries: int = TRIES) -> Poison:
    """The poison that does most in rehearsal against the scene's system, of so many tries; the first is the attack as it is.

    The attack itself keeps the knowledge of its card, and may use what it is told of the system; around it stands an
    attacker who knows the rows, the learner and the defense. In rehearsal (`amlsec.rehearsal`) he sees which of his rows a
    screen would not accept. He moves those towards honest rows, further and further, a backdoor's rows with their mark, puts
    varied copies of accepted ones in the place of what is still caught, sends half of the dose only, and begins anew with
    another seed. A larger number of tries includes the smaller ones, so in rehearsal it never does less. Raises what
    `frame.poison` raises.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.catalogue import named
    >>> from amlsec.space.tabular import infer
    >>> rng = np.random.default_rng(0)
    >>> rows = Batch(rng.normal(size=(80, 1)) + np.repeat([[0.0], [3.0]], 40, axis=0), np.repeat([0, 1], 40))
    >>> scene = Scene(rows.rows(slice(30, 50)), 80, infer(rows.X, ["a"]), rows.drop(np.arange(30, 50)), LogisticRegression())
    >>> len(adapted(named("random-flips"), scene, budget=PoisonBudget(0.1), rng=rng))
    8
    """
    victims = None if scene.target is None else scene.target.X
    knows = scene.limited_to(Knowledge.MODEL)
    rehearsal = Rehearsal(knows, rng.spawn(1)[0], wanted=wanted(card), victims=victims, shares=SHARES)
    tried = islice(_candidates(card, scene, budget, rng, rehearsal), tries)
    best, _ = max(tried, key=lambda candidate: candidate[1].worth, default=(nothing(scene.own), None))
    return checked(best, card, scene, budget)


def _candidates(
    card: Card, scene: Scene, budget: PoisonBudget, rng: np.random.Generator, rehearsal: Rehearsal
) -> Iterator[tuple[Poison, Rehearsed]]:
    """The attack as it is, disguised, copied and thinned; then the same from another seed, without end."""
    honest = scene.own if scene.known is None or not len(scene.known) else scene.known
    while True:
        dose = poison(card, scene, budget=budget, rng=rng.spawn(1)[0])
        outcome = rehearsal.of(dose)
        yield dose, outcome
        if not len(dose):
            continue
        moved, now = dose, outcome
        for strength in STRENGTHS:
            further = disguised(_rows(dose), honest, strength, scene.space, rng.spawn(1)[0])
            moved = _changed(moved, further, _caught(moved, now))
            now = rehearsal.of(moved)
            yield moved, now
        copied = _changed(moved, _copies(moved, _caught(moved, now), scene, rng.spawn(1)[0]), _caught(moved, now))
        for candidate in (copied, _thinned(dose)):
            yield candidate, rehearsal.of(candidate)


def _caught(dose: Poison, outcome: Rehearsed) -> NDArray[np.bool_]:
    """Where the poison was not accepted (k,), edits first; everywhere where all was, or nothing screens."""
    accepted = outcome.accepted
    return np.ones(len(dose), dtype=bool) if accepted is None or accepted.all() else ~accepted


def _rows(dose: Poison) -> Batch:
    return dose.edits + dose.added


def _changed(dose: Poison, rows: Batch, where: NDArray[np.bool_]) -> Poison:
    """The dose with these rows in the places of those that are caught; texts carry a mark on, other rows are marked anew."""
    old, k = _rows(dose), len(dose.edited)
    rows = rows if rows.is_text else replace(rows, X=dose.shown(rows.X))
    order = np.where(where, len(old) + np.arange(len(old)), np.arange(len(old)))
    mixed = (old + rows).rows(order)
    return replace(dose, edits=mixed.rows(slice(0, k)), added=mixed.rows(slice(k, None)))


def _copies(dose: Poison, caught: NDArray[np.bool_], scene: Scene, rng: np.random.Generator) -> Batch:
    """As many rows as the dose has, drawn from its accepted ones and varied a little; the dose where none was accepted.

    Of traffic too: chaff that stood on one row's loads fits no other's.
    """
    rows = _rows(dose)
    free = np.flatnonzero(~caught)
    if not len(free) or isinstance(scene.space, TrafficSpace):
        return rows
    drawn = rows.rows(rng.choice(free, len(rows)))
    return replace(drawn, X=scene.space.sample(drawn.X, 1.0, rng))


def _thinned(dose: Poison) -> Poison:
    """Every other row of the dose: less to be seen in a group."""
    return replace(
        dose, added=dose.added.rows(slice(0, None, 2)), edited=dose.edited[::2], edits=dose.edits.rows(slice(0, None, 2))
    )
