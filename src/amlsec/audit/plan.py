"""Which games are played, in which order: what matters most comes first, as time may run out.

Phases follow on one another, for what is worth playing next depends on what was measured: first canaries and every attack
alone, one of each kind in turn, so that where time is short no kind is left out; then the strongest by each source, then
attack after attack, the most harmful of each kind first, against every defense that claims its cell and by a poisoner who
knows those that did best, then repetitions and curves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

from amlsec.audit.codes import Code
from amlsec.audit.layers import chosen, played, strongest
from amlsec.audit.settings import Settings
from amlsec.budget import EvasionBudget, PoisonBudget, QueryBudget
from amlsec.catalogue import Card, Kind, Victim
from amlsec.evaluation import knock_out
from amlsec.evaluation.canary_game import CELL, Questions
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.results import Results, defended
from amlsec.threat import Access, Specificity

POTENT = 10.0
"""At so many times the asked share it shows which poisoning is strong, where the asked share does little harm."""
CURVE: dict[Kind, tuple[float, ...]] = {
    **dict.fromkeys(Kind, ()),
    Kind.EVASION: (0.25, 0.5, 2.0),
    Kind.POISONING: (0.3, 3.0, POTENT),
}
UNBOUNDED = 1000.0
STRONGEST, BEST, ROUNDS, FIRST = 4, 3, 3, 3
"""So many poisoning attacks are tried on each source; so many defenses of each attack by one who knows them, and, where
these then do worse than others, those others, so often; the defenses in layers once so many attacks met them."""

TURNS = (
    (Kind.POISONING, True),
    (Kind.EVASION, True),
    (Kind.MEMBERSHIP, False),
    (Kind.INFERENCE, False),
    (Kind.EXTRACTION, False),
    (Kind.POISONING, False),
)
"""In this order the kinds meet the defenses; poison that leaks, whose games are slow, is one of its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an audit is about.

    Attributes
    ----------
    attacks, defenses : those that apply and were asked for
    sources : those to be ranked, the largest first
    hostile : the indiscriminate poisoning attacks that a hostile source may carry out; none where no source is ranked
    canaries : what is asked about canaries; None where none are, or nobody asked
    """

    attacks: Sequence[Card]
    defenses: Sequence[Card]
    sources: Sequence[str]
    hostile: Sequence[Card]
    settings: Settings
    canaries: Questions | None = None


Phase = Callable[[Asked, Results], list[Job]]


def budget(card: Card, settings: Settings, cost: float, scale: float) -> EvasionBudget | PoisonBudget | QueryBudget:
    """The asked budget, times scale: the cost of evasion, the share of poison."""
    if card.kind == Kind.EVASION:
        return EvasionBudget(cost * scale, settings.queries if scale < UNBOUNDED else 5 * settings.queries)
    if card.kind == Kind.POISONING:
        return PoisonBudget(min(settings.share * scale, 0.5))
    return QueryBudget(settings.copy_queries if card.kind == Kind.EXTRACTION else settings.queries)


def inapplicable(card: Card, settings: Settings, space: str) -> str:
    """Why an attack does not apply here; empty where it does."""
    if card.victim != Victim.CLASSIFIER:
        return f"it is aimed at a {card.victim}, this is a classifier"
    if space not in card.spaces:
        return f"it works on {' and '.join(card.spaces)} data, these are {space}"
    if not settings.knowledge.includes(card.knowledge):
        return f"it takes knowledge of the {card.knowledge}, the threat model asked for grants {settings.knowledge}"
    if not settings.access.includes(card.access):
        return f"it takes {card.access} of the model, the threat model asked for grants {settings.access}"
    return _unpaid(card, settings)


def _unpaid(card: Card, settings: Settings) -> str:
    """What an attack has to spend and is granted nothing of; empty where there is no such thing."""
    if card.access != Access.NONE and not settings.queries:
        return "it takes queries, the threat model asked for grants none"
    if card.kind == Kind.EXTRACTION and not settings.copy_queries:
        return "it takes queries for a copy, the threat model asked for grants none"
    if card.kind == Kind.POISONING and not settings.share:
        return "it takes training rows, the threat model asked for grants none"
    return ""


def alone(asked: Asked, results: Results) -> list[Job]:
    """Clean rows and canaries, then every attack where nothing defends; poison for verdicts also where it is potent."""
    poisoning = [attack for attack in (*asked.attacks, *asked.hostile) if _group(attack) == (Kind.POISONING, True)]
    planted, potent = [Job(canaries=True)] * bool(asked.canaries), [Job(attack.name, scale=POTENT) for attack in poisoning]
    return [Job(), *planted, *_alone(_by_harm(asked.attacks, results), 0), *potent]


def canaries_defended(asked: Asked, _: Results) -> list[Job]:
    """What is left of canaries behind each defense that claims their cell; nothing where none are asked about."""
    if not asked.canaries:
        return []
    names = [defense.name for defense in asked.defenses if defense.answers(CELL)]
    return [job for name in names for job in (Job(defense=name), Job(defense=name, canaries=True))]


def by_source(asked: Asked, results: Results) -> list[Job]:
    """Every source turned hostile by the strongest attacks."""
    strongest = sorted(asked.hostile, key=lambda attack: -_harm(attack, results, POTENT))[:STRONGEST]
    return [Job(attack.name, source=source) for source, attack in product(asked.sources, strongest)]


def behind_defenses(place: int, asked: Asked, results: Results) -> list[Job]:
    """The attack in this place against every defense that claims its cell."""
    attack = _by_harm(asked.attacks, results)[place]
    names = [defense.name for defense in asked.defenses if defense.answers(attack.cell)]
    return [job for name in names for job in (Job(defense=name), Job(attack.name, name))]


def knowing(place: int, asked: Asked, results: Results) -> list[Job]:
    """The same attack, where it is poisoning that does harm, by one who knows the defenses that left least of it."""
    attack = _by_harm(asked.attacks, results)[place]
    if attack.kind != Kind.POISONING or not _harm(attack, results):
        return []
    return [Job(attack.name, name, adaptive=True) for name in _best(attack, results)]


def in_layers(asked: Asked, results: Results) -> list[Job]:
    """The strongest attacks against defenses in layers, and without each layer in turn; none where some were played."""
    wanted = (not asked.settings.only or Code.LAYERS in asked.settings.only) and played(results) is None
    stack = chosen(asked.settings.layers, asked.attacks, results) if wanted else None
    return [] if stack is None else knock_out.jobs(stack, strongest(asked.attacks, results))


def rest(asked: Asked, results: Results) -> list[Job]:
    """More seeds, budgets without bounds, curves."""
    pairs, seeds = _pairs(asked, results), range(asked.settings.seeds)
    unbounded = [Job(attack.name, scale=UNBOUNDED) for attack in asked.attacks if attack.turns_verdicts]
    again = [job for seed in seeds[1:] for job in _alone(asked.attacks, seed)]
    return [*again, *unbounded, *(job for seed in seeds for job in _round(asked.attacks, pairs, results, seed))]


def phases(asked: Asked) -> Iterator[Phase]:
    """One after the other; each is told what came of those before.

    Layers that were asked for are played at once, others once defenses of two kinds were seen to help, after the first
    attacks met them one by one. Where nothing but layers is asked about, there are no repetitions and curves.
    """
    given, alone_asked = asked.settings.layers is not None, set(asked.settings.only) == {Code.LAYERS}
    yield from (alone, in_layers) if given else (alone,)
    if given and alone_asked:
        return
    yield by_source
    for place in range(len(asked.attacks)):
        yield from (partial(behind_defenses, place), *[partial(knowing, place)] * ROUNDS)
        if place >= min(FIRST, len(asked.attacks)) - 1:
            yield from (in_layers, canaries_defended)
    yield canaries_defended
    if not alone_asked:
        yield rest


def _round(attacks: Sequence[Card], pairs: Sequence[tuple[Card, Card]], results: Results, seed: int) -> Iterator[Job]:
    """What is left of one seed: curves of the attacks alone, then everything with defenses."""
    yield from (Job(attack.name, "", scale, seed) for attack in attacks for scale in CURVE[attack.kind])
    yield from (Job(attack.name, defense.name, 1.0, seed) for attack, defense in pairs)
    yield from (Job(a, d, scale, seed, adaptive=True) for a, d, scale in _played_by_knowing(results))
    yield from (Job(a.name, d.name, scale, seed) for a, d in pairs for scale in CURVE[a.kind])


def _alone(attacks: Sequence[Card], seed: int) -> list[Job]:
    return [Job(attack.name, seed=seed) for attack in attacks]


def _pairs(asked: Asked, results: Results) -> list[tuple[Card, Card]]:
    ranked = _by_harm(asked.attacks, results)
    return [(attack, defense) for attack, defense in product(ranked, asked.defenses) if defense.answers(attack.cell)]


def _by_harm(attacks: Sequence[Card], results: Results) -> list[Card]:
    """The worst of every kind, then the second of each, and so on; of equals first he who needs to know least."""
    worst = sorted(attacks, key=lambda attack: (*_strength(attack, results), attack.knowledge.rank))
    place = {card.name: k for group in TURNS for k, card in enumerate(c for c in worst if _group(c) == group)}
    return sorted(worst, key=lambda attack: (place[attack.name], TURNS.index(_group(attack))))


def _group(attack: Card) -> tuple[Kind, bool]:
    return attack.kind, attack.turns_verdicts


def _harm(attack: Card, results: Results, scale: float = 1.0) -> float:
    """The lower end of what an attack was seen to do; 0 where it was not played."""
    found = results.harm(attack.name, scale)
    return max(found.low, 0.0) if found else 0.0


def _strength(attack: Card, results: Results) -> tuple[float, float, float]:
    """Smaller is stronger: by what is sure, then at a potent share, then by the value."""
    found = results.harm(attack.name)
    return -_harm(attack, results), -_harm(attack, results, POTENT), -found.value if found else 0.0


def _best(attack: Card, results: Results) -> list[str]:
    names = [name for name, scale in results.played(attack.name) if name and scale == 1.0]
    return sorted(names, key=lambda name: defended(attack, name, results).loss)[:BEST]


def _played_by_knowing(results: Results) -> list[tuple[str, str, float]]:
    return sorted((attack, defense, scale) for attack, defense, scale, adaptive in results.outcomes if adaptive)


def is_wide_poisoning(attack: Card) -> bool:
    """Whether a hostile source is measured by it: poisoning for wrong verdicts, on any rows.

    A targeted attack is out of a handful of rows: on a source it would win or lose the comparison by chance.
    """
    wide = attack.cell.specificity == Specificity.INDISCRIMINATE
    return wide and attack.kind == Kind.POISONING and attack.turns_verdicts
