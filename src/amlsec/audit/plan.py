"""Which games are played, in which order: what matters most comes first, as time may run out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import chain, product

from amlsec.audit.settings import Settings
from amlsec.budget import EvasionBudget, PoisonBudget, QueryBudget
from amlsec.catalogue import Card, Kind
from amlsec.threat import Access, Specificity

CURVE = {Kind.EVASION: (0.25, 0.5, 2.0), Kind.POISONING: (0.3, 3.0), Kind.PRIVACY: ()}
UNBOUNDED = 1000.0


@dataclass(frozen=True, slots=True)
class Job:
    """One game to play: an attack, against a defense or none, at a multiple of the asked budget, from one seed.

    A job without an attack measures clean rows; one with a source, that source's blast radius.
    """

    attack: str = ""
    defense: str = ""
    scale: float = 1.0
    seed: int = 0
    source: str = ""

    @property
    def key(self) -> str:
        """The same for equal jobs, in any process."""
        return blake2b(json.dumps(asdict(self)).encode(), digest_size=12).hexdigest()


def budget(card: Card, settings: Settings, cost: float, scale: float) -> EvasionBudget | PoisonBudget | QueryBudget:
    """The asked budget, times scale: the cost of evasion, the share of poison."""
    if card.kind == Kind.EVASION:
        return EvasionBudget(cost * scale, settings.queries if scale < UNBOUNDED else 5 * settings.queries)
    if card.kind == Kind.POISONING:
        return PoisonBudget(min(settings.share * scale, 0.5))
    return QueryBudget(settings.queries)


def inapplicable(card: Card, settings: Settings, space: str) -> str:
    """Why an attack does not apply here; empty where it does."""
    if space not in card.spaces:
        return f"it works on {' and '.join(card.spaces)} data, these are {space}"
    if not settings.knowledge.includes(card.knowledge):
        return f"it takes knowledge of the {card.knowledge}, the threat model asked for grants {settings.knowledge}"
    if not settings.access.includes(card.access):
        return f"it takes {card.access} of the model, the threat model asked for grants {settings.access}"
    if card.access != Access.NONE and not settings.queries:
        return "it takes queries, the threat model asked for grants none"
    if card.kind == Kind.POISONING and not settings.share:
        return "it takes training rows, the threat model asked for grants none"
    return ""


def plan(attacks: Sequence[Card], defenses: Sequence[Card], sources: Sequence[Job], settings: Settings) -> list[Job]:
    """All jobs for these applicable attacks and defenses and those `by_sources`, most important first, each once."""
    pairs = [(attack, defense) for attack, defense in product(attacks, defenses) if defense.answers(attack.cell)]
    ordered = chain(
        [Job()],
        _alone(attacks, 0),
        sources,
        [Job(defense=defense.name) for _, defense in pairs],
        _paired(pairs),
        *(_alone(attacks, seed) for seed in range(1, settings.seeds)),
        _unbounded(attacks),
        *(_round(attacks, pairs, seed) for seed in range(settings.seeds)),
    )
    return list(dict.fromkeys(ordered))


def _round(attacks: Sequence[Card], pairs: Sequence[tuple[Card, Card]], seed: int) -> Iterator[Job]:
    """What is left of one seed: curves of the attacks alone, then everything with defenses."""
    yield from (Job(attack.name, "", scale, seed) for attack in attacks for scale in CURVE[attack.kind])
    yield from _paired(pairs, seed)
    yield from (Job(a.name, d.name, scale, seed) for a, d in pairs for scale in CURVE[a.kind])


def _alone(attacks: Sequence[Card], seed: int) -> Iterator[Job]:
    return (Job(attack.name, seed=seed) for attack in attacks)


def _paired(pairs: Sequence[tuple[Card, Card]], seed: int = 0) -> Iterator[Job]:
    return (Job(attack.name, defense.name, 1.0, seed) for attack, defense in pairs)


def by_sources(attacks: Sequence[Card], sources: Sequence[str]) -> list[Job]:
    """Every source turned hostile by every indiscriminate poisoning attack among these.

    A targeted attack is out of a handful of rows, and would win or lose the comparison by chance.
    """
    wide = [attack for attack in attacks if _is_wide_poisoning(attack)]
    return [Job(attack.name, source=source) for source, attack in product(sources, wide)]


def _is_wide_poisoning(attack: Card) -> bool:
    return attack.kind == Kind.POISONING and attack.cell.specificity == Specificity.INDISCRIMINATE


def _unbounded(attacks: Sequence[Card]) -> Iterator[Job]:
    return (Job(attack.name, scale=UNBOUNDED) for attack in attacks if attack.kind != Kind.PRIVACY)
