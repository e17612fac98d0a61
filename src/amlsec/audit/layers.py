"""Defenses in layers: which are tried together, and the finding that says what happens if one of them fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from amlsec.audit.codes import Code
from amlsec.catalogue import Card, Kind, named
from amlsec.errors import InvalidInput
from amlsec.evaluation.knock_out import knocked_out
from amlsec.evaluation.results import Results, defended, price
from amlsec.evaluation.severity import severity
from amlsec.evidence import Bypass, Finding, Interval, KnockOut, Severity, State
from amlsec.layered.rule import is_joined
from amlsec.layered.stack import LAYERS, Stack, stacked

TITLE = "If one layer fails"
_NONE = "fewer than two defenses of different kinds were measured to help, so there are no layers to take away"


def chosen(asked: str | None, attacks: Sequence[Card], results: Results) -> Stack | None:
    """The layers asked for, else the screen, the learner and the guard that helped most; None for fewer than two."""
    if asked is not None:
        return stacked(asked)
    best = [name for kind in LAYERS if (name := _best(kind, attacks, results))]
    return stacked(" & ".join(best)) if len(best) > 1 else None


def require_suited(asked: str | None, space: str) -> None:
    """Raise InvalidInput, naming the layer, where one that is asked for does not work on this kind of data."""
    for card in stacked(asked).cards if asked is not None else ():
        if space not in card.spaces:
            raise InvalidInput("layers", card.name, f"works on {' and '.join(card.spaces)} data, these are {space}")


def played(results: Results) -> Stack | None:
    """The layers that the results are about: of the rules played the longest; None where there was none."""
    names = {defense for _, defense, _, _ in results.outcomes} | set(results.clean)
    stacks = [stacked(name) for name in sorted(names) if is_joined(name)]
    return max(stacks, key=lambda stack: len(stack.rule.layers), default=None)


def strongest(attacks: Sequence[Card], results: Results) -> list[Card]:
    """Of poisoning and evasion, against integrity and availability, the attack that does most harm alone beyond chance."""
    least = {attack: found.low for attack in attacks if attack.turns_verdicts and (found := results.harm(attack.name))}
    ranked = sorted((attack for attack in least if least[attack] > 0), key=lambda attack: (-least[attack], attack.name))
    first = {(attack.kind, attack.cell.violation): attack for attack in reversed(ranked)}
    return [attack for attack in ranked if attack in first.values()]


def layers_finding(attacks: Sequence[Card], results: Results, reproduce: str = "") -> Finding:
    """From the games against layers; not run where there were none. `reproduce` is the command to type."""
    stack = played(results)
    if stack is None:
        return Finding(Code.LAYERS, TITLE, State.NOT_RUN, because=_NONE)
    matrix = knocked_out(stack, strongest(attacks, results), results)
    met = [(row, row.standing) for row in matrix.rows if row.standing]
    if not met:
        return Finding(Code.LAYERS, TITLE, State.NOT_RUN, because="the time was over before an attack met the layers")
    return Finding(
        code=Code.LAYERS,
        title=TITLE,
        state=State.MEASURED,
        severity=max((_severity(row, standing) for row, standing in met), key=lambda level: level.rank),
        sentence=f"{_standing(matrix, met)} {_single(matrix)}{_priced(price(results.clean, stack.name))}",
        knock_out=matrix,
        reproduce=reproduce,
    )


def _best(kind: Kind, attacks: Sequence[Card], results: Results) -> str:
    """The defense of this kind that takes most harm away, its price counted, over the attacks it met; "" where none does."""
    gains = defaultdict[str, list[float]](list)
    for attack in attacks:
        for name, gain in _gains(attack, results):
            gains[name].append(gain)
    worth = {name: float(np.mean(found)) for name, found in gains.items() if named(name).kind == kind}
    best = max(worth, key=lambda name: (worth[name], name), default="")
    return best if worth.get(best, 0.0) > 0 else ""


def _gains(attack: Card, results: Results) -> list[tuple[str, float]]:
    """How much of an attack that does harm beyond chance each single defense takes away, less its price."""
    alone = results.harm(attack.name)
    if alone is None or alone.low <= 0:
        return []
    names = {name for name, scale in results.played(attack.name) if name and scale == 1.0}
    return [(name, alone.value - defended(attack, name, results).loss) for name in sorted(names)]


def _severity(row: Bypass, standing: Interval) -> Severity:
    """That of what gets through all layers; low where one layer's fall would let the attack through."""
    through = severity(standing)
    return Severity.LOW if row.single and through == Severity.NONE else through


def _standing(matrix: KnockOut, met: Sequence[tuple[Bypass, Interval]]) -> str:
    row, most = max(met, key=lambda pair: pair[1].value)
    layers = f"{', '.join(matrix.layers[:-1])} and {matrix.layers[-1]}"
    return f"With {layers} in place, the worst of {len(met)} attacks, {row.attack}, gains {most}."


def _single(matrix: KnockOut) -> str:
    fallen = {name: [row.attack for row in matrix.rows if name in row.single] for name in matrix.layers}
    told = [f"without {name}, {' and '.join(attacks)} would get through" for name, attacks in fallen.items() if attacks]
    if not told:
        return "No single layer's fall was shown to let through what all together withstand."
    return f"Single point{'s' if len(told) > 1 else ''} of failure: {'; '.join(told)}."


def _priced(paid: Interval | None) -> str:
    return f" Together they cost {100 * paid.value:+.1f} points on clean rows." if paid else ""
