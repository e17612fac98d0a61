"""Which games a bench plays, in which order: the largest share first, for there a defense matters most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from amlsec.bench.settings import BenchSettings
from amlsec.bench.table import does_harm
from amlsec.catalogue import Card, Kind, Victim, discover
from amlsec.errors import InvalidInput
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.results import Results
from amlsec.evidence import Interval


@dataclass(frozen=True, slots=True)
class Contest:
    """The attacks and defenses that meet on one kind of data."""

    attacks: Sequence[Card]
    defenses: Sequence[Card]
    shares: Sequence[float]
    seeds: int

    def claiming(self, attack: Card) -> list[Card]:
        """The defenses that claim the attack's cell."""
        return [defense for defense in self.defenses if defense.answers(attack.cell)]


def contest(asked: BenchSettings, space: str) -> Contest:
    """Those asked for that work in this kind of space; raises InvalidInput for a name that is no such member."""
    members = [card for card in discover() if card.victim == Victim.CLASSIFIER]
    poisoning = [card for card in members if card.kind == Kind.POISONING and card.turns_verdicts]
    attacks = _suited(space, _named("attack", asked.attack, poisoning))
    defenses = _suited(space, _named("defense", asked.defense, [card for card in members if not card.kind.is_attack]))
    return Contest(attacks, defenses, sorted(set(asked.share), reverse=True), asked.seeds)


def _suited(space: str, cards: Sequence[Card]) -> list[Card]:
    return [card for card in cards if space in card.spaces]


def require_met(asked: BenchSettings, contests: Sequence[Contest]) -> None:
    """Raises InvalidInput for a member asked for by name that no data set of the bench would ever see."""
    attacks = {card.name for each in contests for card in each.attacks}
    defenses = {card.name for each in contests for attack in each.attacks for card in each.claiming(attack)}
    met = (("attack", asked.attack, attacks, "work"), ("defense", asked.defense, defenses, "claim an attack's cell"))
    for option, names, known, does in met:
        for name in names:
            if name not in known:
                raise InvalidInput(option, name, f"must {does} on one of these data sets at least")


def _named(option: str, names: Sequence[str], cards: Sequence[Card]) -> list[Card]:
    known = {card.name: card for card in cards}
    for name in names:
        if name not in known:
            raise InvalidInput(option, name, f"must be one of {', '.join(known)}")
    return [known[name] for name in names] if names else list(cards)


def without_defense(played: Contest) -> list[Job]:
    """Clean rows, and every attack alone at every share."""
    settings = product(range(played.seeds), played.shares, played.attacks)
    return [Job(), *(Job(attack.name, scale=share, seed=seed) for seed, share, attack in settings)]


def with_defenses(played: Contest, results: Results) -> list[Job]:
    """Every attack that does harm, the worst first, against every defense that claims its cell, by both attackers."""
    pairs = [(attack, defense) for attack in harmful(played, results) for defense in played.claiming(attack)]
    clean = [Job(defense=defense.name) for _, defense in pairs]
    most, others = _games(pairs, played.shares[:1], played.seeds), _games(pairs, played.shares[1:], played.seeds)
    return list(dict.fromkeys([*clean, *most, *others]))


def _games(pairs: Sequence[tuple[Card, Card]], shares: Sequence[float], seeds: int) -> list[Job]:
    return [
        Job(attack.name, defense.name, share, seed, adaptive=knows)
        for seed in range(seeds)
        for share in shares
        for attack, defense in pairs
        for knows in (False, True)
    ]


def harmful(played: Contest, results: Results) -> list[Card]:
    """The attacks that do harm at some share, the worst first."""
    worst = {attack.name: _worst(attack, played.shares, results) for attack in played.attacks}
    shown = {name: found.low for name, found in worst.items() if found and does_harm(found)}
    return sorted((attack for attack in played.attacks if attack.name in shown), key=lambda attack: -shown[attack.name])


def _worst(attack: Card, shares: Sequence[float], results: Results) -> Interval | None:
    """The attack's harm at the share where it is surest; None where it was not played."""
    found = [harm for share in shares if (harm := results.harm(attack.name, share))]
    return max(found, key=lambda harm: harm.low, default=None)
