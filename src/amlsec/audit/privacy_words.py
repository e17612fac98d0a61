"""What a finding about privacy says: sentences from measured numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amlsec.audit.phrases import capital, counted, owner, shown
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
    return f"anyone who {_DOES[card.kind]}, {_HAS[card.knowledge]}"


def sentence(card: Card, outcomes: Sequence[Outcome], harm: Interval, asked: object) -> str:
    """What was measured, in one sentence; but for membership, what the attack adds to what he has without it."""
    if card.kind == Kind.MEMBERSHIP:
        return f"{shown(harm)} of the training rows are recognised as such at 1\u00a0% false claims (by chance: 1\u00a0%)."
    had = shown(before(outcomes))
    if card.kind == Kind.POISONING:
        more = f"{shown(harm)} more of {_aim(card)} as trained on, at 1\u00a0% false claims"
        return f"{owner(asked)} recognises {more} ({had} without them)."
    nothing = "" if harm.low > 0 else "Nothing is shown that his own data would not give: "
    return capital(f"{nothing}{_read_out(card, harm, asked)} ({had} without asking).")


def cost(card: Card, outcomes: Sequence[Outcome], counts: Mapping[str, int]) -> str:
    """What the attacker paid."""
    spent = next(filter(None, (outcome.spent for outcome in outcomes)), {})
    asked = counted(spent.get("queries", 0), "query", "queries")
    if card.kind == Kind.EXTRACTION:
        return f"{asked} in all"
    poison = f"{spent.get('rows', 0):.0f} of {counts['train']:,} training rows, and " if card.kind == Kind.POISONING else ""
    return f"{poison}{asked} for each row"


def _aim(card: Card) -> str:
    return "the rows he aims at" if card.cell.specificity == Specificity.TARGETED else "the other training rows"


def _read_out(card: Card, harm: Interval, asked: object) -> str:
    if card.kind == Kind.EXTRACTION:
        assert isinstance(asked, QueryBudget)
        most = counted(asked.queries, "query", "queries")
        return f"with at most {most} his copy says what the model says of {shown(harm)} more rows"
    if card.cell.specificity == Specificity.INDISCRIMINATE:
        return f"who asks the model draws {shown(harm)} more of what a malicious row looks like rightly"
    return f"who asks the model guesses {shown(harm)} more of the hidden values rightly"
