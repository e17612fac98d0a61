"""Findings about the data, the sources and the evaluation itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from amlsec.audit.codes import Code
from amlsec.audit.plan import UNBOUNDED
from amlsec.catalogue import Card, Kind
from amlsec.data import Batch
from amlsec.evaluation.curves import harm
from amlsec.evaluation.results import Results
from amlsec.evaluation.sanity import comparable, less_sight_wins, more_helps_less, one_step_wins, unbounded_loses
from amlsec.evidence import Curve, Finding, Interval, Severity, State, rate


def duplicates(batch: Batch) -> Finding:
    """How many rows repeat another row's content; all parts of the audit are disjoint by content."""
    content = batch.content()
    extra = len(content) - len(np.unique(content))
    measured = rate(extra, len(content))
    return Finding(
        code=Code.REPEATED,
        title="Repeated rows",
        state=State.MEASURED,
        severity=Severity.LOW if measured.value >= 0.05 else Severity.NONE,
        sentence=f"{measured} of the rows repeat the content of another. A split that ignores this tests on training rows; "
        "this audit splits by distinct content.",
        trials=len(content),
    )


def conflicts(batch: Batch) -> Finding:
    """How many distinct rows stand under both labels."""
    _, group = np.unique(batch.content(), return_inverse=True)
    share = np.bincount(group, weights=batch.y) / np.bincount(group)
    mixed = int(((share > 0) & (share < 1)).sum())
    measured = rate(mixed, len(share))
    return Finding(
        code=Code.BOTH_LABELS,
        title="Rows under both labels",
        state=State.MEASURED,
        severity=Severity.LOW if measured.low >= 0.01 else Severity.NONE,
        sentence=f"{measured} of the distinct rows stand under both labels: mistakes, or somebody's work.",
        trials=len(share),
    )


def no_sources() -> Finding:
    """That nobody noted where the rows came from."""
    return Finding(
        code=Code.NO_SOURCES,
        title="No source is known",
        state=State.MEASURED,
        severity=Severity.MEDIUM,
        sentence="The data do not say where each row came from, so no source can be judged, and none can be taken back out.",
        advice="Note the source of every row from now on, and name the column with --source.",
    )


def evaluation_checks(cards: Sequence[Card], results: Results, findings: Mapping[str, Finding]) -> list[Finding]:
    """Whether the numbers of this audit can be believed; not run where nothing was played that could tell."""
    best, alone, harms = _unbounded(cards, results), _alone(findings), _harms(cards, findings)
    curved = any(len(curve.points) > 1 for _, curve in alone)
    stepped = {"fgsm", "pgd"} <= {card.name for card, _ in harms}
    return [
        _doubts(Code.UNBOUNDED, "Unbounded attacks win", unbounded_loses(best), bool(best)),
        _doubts(Code.MORE_BUDGET, "More budget does not help less", more_helps_less(alone), curved),
        _doubts(Code.LESS_SIGHT, "Who sees less does not win more", less_sight_wins(harms), bool(comparable(harms))),
        _doubts(Code.ONE_STEP, "One gradient step does not win more than many", one_step_wins(harms), stepped),
        _slope(results.clean.get("", {})),
    ]


def _slope(clean: Mapping[str, Any]) -> Finding:
    """What the clean game says of the model's gradient."""
    title, doubts = "The model's gradient leads somewhere", clean.get("slope", [])
    if doubts is None:
        return Finding(Code.SLOPE, title, State.NOT_APPLICABLE, because="the model has no gradient to be seen")
    return _doubts(Code.SLOPE, title, doubts, "slope" in clean)


def _doubts(code: str, title: str, doubts: Sequence[str], checked: bool) -> Finding:
    if not checked:
        return Finding(code, title, State.NOT_RUN, because="too few games were played to tell")
    return Finding(
        code=code,
        title=title,
        state=State.MEASURED,
        severity=Severity.LOW if doubts else Severity.NONE,
        sentence="; ".join(doubts) + "." if doubts else "Checked, and it holds wherever it was measured.",
        advice="Read the figures of these attacks as lower bounds of the harm." if doubts else "",
    )


def _unbounded(cards: Sequence[Card], results: Results) -> dict[str, Interval]:
    best: dict[str, Interval] = {}
    for card in cards:
        outcomes = results.of(card.name, scale=UNBOUNDED)
        if outcomes:
            found = harm(outcomes)
            known = best.get(str(card.cell))
            best[str(card.cell)] = found if known is None or found.value > known.value else known
    return best


def _alone(findings: Mapping[str, Finding]) -> list[tuple[str, Curve]]:
    return [(name, curve) for name, found in findings.items() for curve in found.curves if not curve.defense]


def _harms(cards: Sequence[Card], findings: Mapping[str, Finding]) -> list[tuple[Card, Interval]]:
    harms = ((card, getattr(findings.get(card.name), "harm", None)) for card in cards if card.kind == Kind.EVASION)
    return [(card, found) for card, found in harms if found]
