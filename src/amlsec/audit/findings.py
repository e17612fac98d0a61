"""Findings from the outcomes of games."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amlsec.audit import words
from amlsec.audit.codes import Code
from amlsec.audit.plan import UNBOUNDED, budget
from amlsec.audit.settings import Settings
from amlsec.catalogue import Card, Kind, named
from amlsec.data import MALICIOUS
from amlsec.evaluation.curves import before, harm, point
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.results import Results, defended
from amlsec.evaluation.severity import severity, takes_an_insider
from amlsec.evidence import Curve, Defended, Example, Finding, Interval, Roc, Severity, State, rate
from amlsec.frame import wanted
from amlsec.threat import Access

MOST_EXAMPLES = 3
_TOO_FEW = "too few rows were there to attack, or to tell harm from chance"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What all findings of one audit share."""

    settings: Settings
    unit: str
    cost: float
    counts: Mapping[str, int]


def attack_finding(card: Card, results: Results, frame: Frame, reproduce: str) -> Finding:
    """What was measured of one attack, with the defenses that claim its cell."""
    outcomes = results.of(card.name)
    if not outcomes:
        return not_run(card, results.why(card.name) or _TOO_FEW)
    asked = budget(card, frame.settings, frame.cost, 1.0)
    found = harm(outcomes)
    share = frame.settings.share if card.kind == Kind.POISONING else 0.0
    queries = 0 if card.access == Access.NONE else getattr(asked, "queries", 0)
    finding = Finding(
        code=card.code,
        title=card.title,
        state=State.MEASURED,
        member=card.name,
        cell=str(card.cell),
        severity=severity(_beyond(card, found, outcomes), insider=takes_an_insider(card, share=share, queries=queries)),
        sentence=words.sentence(card, outcomes, found, asked, frame.unit),
        who=words.who(card),
        cost=words.cost(card, outcomes, frame.unit, frame.counts),
        harm=found,
        baseline=before(outcomes),
        trials=outcomes[0].trials,
        seeds=len(outcomes),
        counts=dict(frame.counts),
        curves=tuple(_curves(card, results, frame)),
        rocs=tuple(_rocs(card, results)),
        examples=tuple(_examples(card, outcomes)),
        defended=tuple(_defended(card, results)),
        table=tuple({"measure": name, "value": value} for name, value in outcomes[0].measured.items()),
        reproduce=reproduce,
        standards=card.standards.as_dict(),
        references=card.references,
    )
    return replace(finding, advice=words.advice(finding))


def not_run(card: Card, because: str, state: State = State.NOT_RUN) -> Finding:
    """An attack that gave no number, and why."""
    return Finding(
        code=card.code,
        title=card.title,
        state=state,
        member=card.name,
        cell=str(card.cell),
        because=because,
        standards=card.standards.as_dict(),
        references=card.references,
    )


def _beyond(card: Card, found: Interval, outcomes: Sequence[Outcome]) -> Interval:
    """Harm beyond chance: a guess at 1 % false claims finds 1 % of the members without any skill."""
    chance = outcomes[0].before if card.kind == Kind.MEMBERSHIP else 0.0
    return Interval(found.value - chance, found.low - chance, found.high - chance)


def _defended(card: Card, results: Results) -> list[Defended]:
    """Every defense that was played, the one that leaves least harm and price first."""
    names = [defense for defense, scale in results.played(card.name) if defense and scale == 1.0]
    return sorted((defended(card, name, results) for name in names), key=lambda found: found.loss)


def _curves(card: Card, results: Results, frame: Frame) -> Iterator[Curve]:
    """The attack alone, then with each defense, over the bounded budgets that were played."""
    played = [(defense, scale) for defense, scale in results.played(card.name) if scale < UNBOUNDED]
    for defense in dict.fromkeys(defense for defense, _ in played):
        scales = [scale for name, scale in played if name == defense]
        if len(scales) > 1:
            points = tuple(point(_spent(card, frame, s), results.of(card.name, defense, s)) for s in scales)
            yield Curve(named(defense).title if defense else "", _unit(card, frame), points)


def _rocs(card: Card, results: Results) -> Iterator[Roc]:
    """The attack alone, then with each defense, of the first seed."""
    for defense, scale in results.played(card.name):
        first = results.of(card.name, defense, scale)[0]
        if first.roc and scale == 1.0:
            yield Roc(named(defense).title if defense else "", first.trials, first.roc)


def _spent(card: Card, frame: Frame, scale: float) -> float:
    asked = budget(card, frame.settings, frame.cost, scale)
    return float(getattr(asked, "share", getattr(asked, "cost", 0.0)))


def _unit(card: Card, frame: Frame) -> str:
    return "share of training rows" if card.kind == Kind.POISONING else frame.unit


def _examples(card: Card, outcomes: Sequence[Outcome]) -> list[Example]:
    """Rows that won, or samples of the poison, which has no before and no verdict."""
    was, now = _verdicts(card)
    shown = [example for found in outcomes for example in found.examples][:MOST_EXAMPLES]
    return [Example(old, new, changes, was, now) for old, new, changes in shown]


def _verdicts(card: Card) -> tuple[str, str]:
    if card.kind != Kind.EVASION:
        return "", ""
    return ("passes", "stopped") if wanted(card) == MALICIOUS else ("stopped", "passes")


def clean_rates(clean: Mapping[str, Any]) -> dict[str, str]:
    """The undisturbed model's mistakes, in words."""
    return {
        "benign rows stopped": str(rate(*clean["stopped"])),
        "malicious rows let through": str(rate(*clean["passed"])),
    }


def verdicts_finding(clean: Mapping[str, Any]) -> Finding:
    """How the undisturbed model judges clean rows; the worse it does, the less other figures mean."""
    stopped, passed = rate(*clean["stopped"]), rate(*clean["passed"])
    rates = f"It stops {stopped} of the benign rows and lets {passed} of the malicious rows through."
    constant = "The model gives every test row the same verdict: it protects nothing, and other figures mean little. "
    return Finding(
        code=Code.VERDICTS,
        title="The model's verdicts on clean rows",
        state=State.MEASURED,
        severity=Severity.CRITICAL if clean["constant"] else _unfit(stopped, passed),
        sentence=(constant if clean["constant"] else "") + rates,
        trials=clean["stopped"][1] + clean["passed"][1],
    )


def _unfit(stopped: Interval, passed: Interval) -> Severity:
    """High where it hardly beats a coin or lets most malicious rows through, medium from a quarter of either mistake."""
    if (stopped.low + passed.low) / 2 >= 0.4 or passed.low >= 0.5:
        return Severity.HIGH
    return Severity.MEDIUM if max(stopped.low, passed.low) >= 0.25 else Severity.NONE
