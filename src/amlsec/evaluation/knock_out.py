"""The knock-out matrix: attacks against layers, with each layer in turn assumed bypassed.

The attacker plays against all layers that stand, jointly: their verdicts answer his queries, their evidence together is his
score (`layered.Layered.decision_function`), and a poisoner rehearses on the whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from amlsec.catalogue import Card, Kind
from amlsec.evaluation.curves import harm
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.results import Results
from amlsec.evidence import MEDIUM_HARM, Bypass, Interval, KnockOut
from amlsec.layered.stack import Stack

_HALF = 0.5


def jobs(stack: Stack, attacks: Sequence[Card]) -> list[Job]:
    """The games of the matrix: clean rows behind all layers, then each attack against all, and without each in turn."""
    systems = [stack, *(left for name in stack.rule.layers if (left := stack.without(name)))]
    return [Job(defense=stack.name), *(game(attack, system.name) for attack in attacks for system in systems)]


def game(attack: Card, defense: str) -> Job:
    """The attack by one who knows of the defense."""
    return Job(attack.name, defense, adaptive=attack.kind == Kind.POISONING)


def knocked_out(stack: Stack, attacks: Sequence[Card], results: Results) -> KnockOut:
    """The matrix from what was played; a game that was not is None."""
    names = stack.rule.layers
    return KnockOut(stack.name, names, tuple(_bypass(stack, attack, results) for attack in attacks))


def is_single_point(standing: Interval, without: Interval, alone: Interval) -> bool:
    """Whether the fall of one layer lets an attack through that all layers together withstand.

    Without it the attack gains more than with it beyond chance, medium harm at least, and half of what it gains from no
    defense at all.

    >>> from amlsec.evidence import rate
    >>> [is_single_point(rate(held, 100), rate(80, 100), rate(90, 100)) for held in (2, 70)]
    [True, False]
    """
    return without.low > standing.high and without.low >= MEDIUM_HARM and without.value >= _HALF * alone.value


def _bypass(stack: Stack, attack: Card, results: Results) -> Bypass:
    standing, alone = _left(attack, stack.name, results), results.harm(attack.name)
    fallen = [stack.without(name) for name in stack.rule.layers]
    without = tuple(alone if left is None else _left(attack, left.name, results) for left in fallen)
    single = [
        name
        for name, found in zip(stack.rule.layers, without, strict=True)
        if standing and found and alone and is_single_point(standing, found, alone)
    ]
    return Bypass(attack.title, standing, without, alone, tuple(single))


def _left(attack: Card, defense: str, results: Results) -> Interval | None:
    outcomes = results.of(attack.name, defense, adaptive=game(attack, defense).adaptive)
    return harm(outcomes) if outcomes else None
