"""What a finding about privacy says: sentences from measured numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amlsec.audit.phrases import capital, counted, owner, percent, shown
from amlsec.budget import QueryBudget
from amlsec.catalogue import Card, Kind
from amlsec.evaluation.curves import before
from amlsec.evaluation.play import Outcome
from amlsec.evidence import Interval
from amlsec.threat import Knowledge, Specificity

_DOES = {
    Kind.MEMBERSHIP: "holds a row, sends it to the model",
    Kind.EXTRACTION: "sends rows of his own to the model",
    Kind.INFERENCE: "holds the rest of a row, sends guesses of it to the model",
    Kind.POISONING: "writes to the training data, later sends rows to the model",
}
_HAS = {
    Knowledge.NONE: "knows nothing of the training",
    Knowledge.FEATURES: "has rows of the same kind",
    Knowledge.DATA: "has seen training rows",
    Knowledge.MODEL: "has rows of the same kind, knows how the model is trained",
}


def who(card: Card) -> str:
    """Who could do it, but for what he sees of the model."""
    does = _DOES[Kind.EXTRACTION if _is_inversion(card) else card.kind]
    return f"anyone who {does}, {_HAS[card.knowledge]}"


def sentence(card: Card, outcomes: Sequence[Outcome], harm: Interval, asked: object) -> str:
    """What was measured, in one sentence; but for membership, with the attack, without it, and the difference."""
    if card.kind == Kind.MEMBERSHIP:
        return f"{shown(harm)} of the training rows are recognised as such at 1\u00a0% false claims (by chance: 1\u00a0%)."
    without = before(outcomes).value
    told = f"{_told(card, percent(without + harm.value), percent(without), asked)}, a gain of {shown(harm)}."
    if harm.low > 0:
        return capital(told)
    return f"Nothing is shown beyond what he has without: {told[:1].lower()}{told[1:]}"


def _told(card: Card, gets: str, without: str, asked: object) -> str:
    if card.kind == Kind.POISONING:
        return f"{owner(asked)} recognises, at 1\u00a0% false claims, {gets} of {_aim(card)}, who owns none {without}"
    if card.kind == Kind.EXTRACTION:
        return (
            f"with at most {_queries(asked)} his copy says what the model says of {gets} of the rows, without of {without}"
        )
    if _is_inversion(card):
        return f"who asks the model draws {gets} of what a malicious row looks like rightly, who does not {without}"
    return f"who asks the model guesses {gets} of the hidden values rightly, who does not {without}"


def cost(card: Card, outcomes: Sequence[Outcome], counts: Mapping[str, int]) -> str:
    """What the attacker paid."""
    spent = next(filter(None, (outcome.spent for outcome in outcomes)), {})
    asked = counted(spent.get("queries", 0), "query", "queries")
    if card.kind == Kind.EXTRACTION or _is_inversion(card):
        return f"{asked} in all"
    poison = f"{spent.get('rows', 0):.0f} of {counts['train']:,} training rows, and " if card.kind == Kind.POISONING else ""
    return f"{poison}{asked} for each row"


def _is_inversion(card: Card) -> bool:
    """Whether an attack is after what rows look like, not after the values of given ones."""
    return card.kind == Kind.INFERENCE and card.cell.specificity == Specificity.INDISCRIMINATE


def _aim(card: Card) -> str:
    return "the rows he aims at" if card.cell.specificity == Specificity.TARGETED else "the other training rows"


def _queries(asked: object) -> str:
    assert isinstance(asked, QueryBudget)
    return counted(asked.queries, "query", "queries")
