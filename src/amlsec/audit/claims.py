"""The finding about what is promised by proof: whether any attack on membership contradicts a claim of privacy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amlsec.audit.codes import Code
from amlsec.catalogue import Card, Kind, named
from amlsec.evaluation.results import Results
from amlsec.evidence import Finding, Severity, State
from amlsec.layered.rule import is_joined

TITLE = "Claims of differential privacy"
NONE_MADE = "neither the model nor a defense that membership was played against claims differential privacy"
ADVICE = "Trust no claim that is contradicted: look for noise left out, for data used before it is hidden, for wrong counts."
BOUNDS = (
    "Of a table the defenses took the bounds of each column from the training rows, which no proof covers: hand them bounds "
    "that are known without."
)
THE_MODEL = "The model"


@dataclass(frozen=True, slots=True)
class Held:
    """A claim held against the attack that proves most."""

    who: str
    epsilon: float
    delta: float
    proved: float
    pairs: int
    attack: str

    @property
    def kept(self) -> bool:
        """Whether nothing contradicts it."""
        return self.proved <= self.epsilon


def claims_finding(attacks: Sequence[Card], results: Results, reproduce: str = "") -> Finding:
    """From the games of membership against models that make a claim; not applicable where none does."""
    held = [worst for defense in _claimants(results) if (worst := _worst(defense, attacks, results))]
    if not held:
        return Finding(Code.CLAIM, TITLE, State.NOT_APPLICABLE, because=NONE_MADE)
    kept = all(each.kept for each in held)
    return Finding(
        code=Code.CLAIM,
        title=TITLE,
        state=State.MEASURED,
        severity=Severity.NONE if kept else Severity.HIGH,
        sentence=_sentence(held),
        trials=max(each.pairs for each in held),
        table=tuple(_row(each) for each in held),
        advice="" if kept else ADVICE,
        reproduce=reproduce,
        references=("steinke2023privacy",),
    )


def _sentence(held: Sequence[Held]) -> str:
    """Each claim, and what a defense's rests on that no proof covers."""
    bounds = [BOUNDS] if any(each.who != THE_MODEL for each in held) else []
    return " ".join([*map(_told, held), *bounds])


def _claimants(results: Results) -> list[str]:
    """Every single defense that was played, and "" for the model alone."""
    return sorted({defense for _, defense, _, _ in results.outcomes if not is_joined(defense)})


def _worst(defense: str, attacks: Sequence[Card], results: Results) -> Held | None:
    return max(_held(defense, attacks, results), key=lambda each: each.proved, default=None)


def _held(defense: str, attacks: Sequence[Card], results: Results) -> Iterator[Held]:
    """The claim held against every game of membership."""
    who = named(defense).title if defense else THE_MODEL
    for attack in (card for card in attacks if card.kind == Kind.MEMBERSHIP):
        for claim in (outcome.claim for outcome in results.of(attack.name, defense) if outcome.claim):
            epsilon, delta, proved, pairs = (claim[name] for name in ("epsilon", "delta", "proved", "pairs"))
            yield Held(who, epsilon, delta, proved, int(pairs), attack.title)


def _told(held: Held) -> str:
    delta = f", delta {held.delta:.3g}" if held.delta else ""
    claimed = f"{held.who} claims that no record changes what it says by more than epsilon {held.epsilon:.3g}{delta}:"
    if held.kept:
        return f"{claimed} nothing measured contradicts it ({held.proved:.2g} is proved at most)."
    return f"{claimed} contradicted, {held.attack} proves that it is more than {held.proved:.2g}."


def _row(held: Held) -> dict[str, str | float]:
    return {
        "claimed by": held.who,
        "epsilon claimed": f"{held.epsilon:.3g}",
        "delta claimed": f"{held.delta:.3g}",
        "epsilon proved": f"{held.proved:.2g}",
        "by": held.attack,
        "pairs of rows": f"{held.pairs:,}",
        "the claim is": "kept so far" if held.kept else "contradicted",
    }
