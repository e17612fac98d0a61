"""What a finding says: sentences from measured numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amlsec.audit import privacy_words
from amlsec.audit.phrases import owner, shown
from amlsec.budget import EvasionBudget
from amlsec.catalogue import Card, Kind
from amlsec.evaluation.play import Outcome
from amlsec.evidence import Finding, Interval
from amlsec.threat import Access, Knowledge, Specificity, Violation

_KNOWS = {
    Knowledge.NONE: "knows nothing of the training",
    Knowledge.FEATURES: "knows what ordinary rows look like",
    Knowledge.DATA: "has seen the training rows",
    Knowledge.MODEL: "knows the training rows and the learner",
}
_SEES = {
    Access.NONE: "sees nothing of the model",
    Access.OUTCOMES: "sees delayed outcomes, such as clicks",
    Access.LABELS: "sees verdicts",
    Access.SCORES: "sees scores",
    Access.PARAMETERS: "holds the model",
}


def who(card: Card) -> str:
    """Who could do it."""
    if card.cell.violation == Violation.PRIVACY:
        return f"{privacy_words.who(card)}, and {_SEES[card.access]}"
    does = "writes to the training data" if card.kind == Kind.POISONING else "sends rows to the model"
    sees = "" if card.kind == Kind.POISONING else f" and {_SEES[card.access]}"
    return f"anyone who {does}, {_KNOWS[card.knowledge]}{sees}"


def sentence(card: Card, outcomes: Sequence[Outcome], harm: Interval, budget: object, unit: str) -> str:
    """What was measured, in one sentence."""
    if card.cell.violation == Violation.PRIVACY:
        return privacy_words.sentence(card, outcomes, harm, budget)
    if card.kind == Kind.EVASION:
        return f"{_evaded(card, harm)}{_within(card, budget, unit)}."
    return f"{owner(budget)} {_opened(harm) if opens_a_backdoor(card, outcomes) else _poisoned(card, harm)}."


def opens_a_backdoor(card: Card, outcomes: Sequence[Outcome]) -> bool:
    """Whether the attack was played once for all rows with a mark, not for one target after the other."""
    return card.cell.specificity == Specificity.TARGETED and outcomes[0].paired


def _evaded(card: Card, harm: Interval) -> str:
    if card.cell.violation == Violation.AVAILABILITY:
        return f"{shown(harm)} of the benign rows that pass are stopped"
    return f"{shown(harm)} of the malicious rows that are stopped get through"


def _within(card: Card, budget: object, unit: str) -> str:
    assert isinstance(budget, EvasionBudget)
    asked = "without asking the model once" if card.access == Access.NONE else f"with {budget.queries:,} queries each"
    return f", changed by at most {budget.cost:.3g} {unit}, {asked}"


def _poisoned(card: Card, harm: Interval) -> str:
    stops = card.cell.violation == Violation.AVAILABILITY
    if card.cell.specificity == Specificity.TARGETED:
        goal = "have one chosen benign row stopped" if stops else "get one chosen malicious row through"
        return f"succeeds in {shown(harm)} of tries to {goal}"
    return f"gets {shown(harm)} more of the " + ("benign rows stopped" if stops else "malicious rows through")


def _opened(harm: Interval) -> str:
    return f"gets {shown(harm)} more of the malicious rows through that carry his mark"


def cost(card: Card, outcomes: Sequence[Outcome], unit: str, counts: Mapping[str, int]) -> str:
    """What the attacker paid."""
    if card.cell.violation == Violation.PRIVACY:
        return privacy_words.cost(card, outcomes, counts)
    spent = next(filter(None, (outcome.spent for outcome in outcomes)), {})
    if card.kind == Kind.POISONING:
        return f"{spent.get('rows', 0):.0f} of {counts['train']:,} training rows"
    return (
        f"{spent['cost']:.3g} {unit} and {spent['queries']:.0f} queries for the median success"
        if spent
        else "never succeeded"
    )


def advice(finding: Finding) -> str:
    """Which measured defense helped most, or that none did."""
    best, harm = finding.best_defense, finding.harm
    if not finding.defended:
        return "No defense that claims this threat was measured."
    if best is None or harm is None:
        return "None of the measured defenses made a difference beyond chance."
    price = (
        f"it costs {best.price.value * 100:+.1f} points of wrong verdicts on clean rows of the label it hurts most"
        if best.price
        else "price unknown"
    )
    much = ", more than it saves" if best.loss >= harm.value else ""
    return f"{best.defense} leaves {shown(best.left)} of {shown(harm)}; {price}{much}."
