"""Findings about privacy, made up: of every kind an attack or more, and canaries."""

from __future__ import annotations

from dataclasses import replace

from amlsec.audit import words
from amlsec.audit.codes import Code
from amlsec.catalogue import Card, Kind, of_kind
from amlsec.evidence import Defended, Finding, Interval, Roc, Severity, State, change, rate
from amlsec.threat import Violation
from audit import example

POINTS = ((0.0005, 0.02), (0.001, 0.075), (0.01, 0.27), (0.1, 0.5), (1.0, 1.0))
WEAK = ((0.0005, 0.0005), (0.001, 0.002), (0.01, 0.013), (0.1, 0.14), (1.0, 1.0))


def first(kind: Kind) -> Card:
    """An attack of this kind on privacy."""
    return next(card for card in of_kind(kind) if card.cell.violation == Violation.PRIVACY)


def of(kind: Kind, **changes: object) -> Finding:
    """A measured finding of an attack of this kind."""
    card = first(kind)
    known = {"title": card.title, "member": card.name, "cell": str(card.cell), "references": card.references}
    return example.finding(card.code, **{**known, "because": "", "trials": 2000, **changes})


def membership(**changes: object) -> Finding:
    """Members found beyond chance, and fewer behind a guard."""
    left = Defended("Labels only", Interval(0.013, 0.004, 0.022), rate(0, 956), 2000, "known to be got around by label-only")
    given: dict[str, object] = {
        "severity": Severity.MEDIUM,
        "sentence": "27 % (20 % to 35 %) of the training rows are recognised as such at 1 % false claims (by chance: 1 %).",
        "who": "anyone who holds a row and sends it to the model",
        "cost": "1 query for each row",
        "harm": Interval(0.27, 0.2, 0.35),
        "baseline": Interval(0.01, 0.01, 0.01),
        "rocs": (Roc("", 2000, POINTS), Roc("Labels only", 2000, WEAK)),
        "table": ({"measure": "1.0% false claims", "value": "27.0%"}, {"measure": "0.1% false claims", "value": "7.5%"}),
        "defended": (left,),
    }
    found = of(Kind.MEMBERSHIP, **{**given, **changes})
    return replace(found, advice=words.advice(found))


def extraction(**changes: object) -> Finding:
    """A copy that is hardly better than one made without asking."""
    given: dict[str, object] = {
        "severity": Severity.NONE,
        "sentence": "Nothing is shown that his own data would not give: his copy says what the model says of 0 % more rows.",
        "cost": "10,000 queries in all",
        "harm": change(2, 1, 500),
    }
    return of(Kind.EXTRACTION, **{**given, **changes})


def untested(kind: Kind) -> Finding:
    """An attack that does not apply."""
    idle = {"severity": Severity.NONE, "sentence": "", "harm": None, "trials": 0, "seeds": 0}
    return of(kind, state=State.NOT_APPLICABLE, because="it works on tabular data, these are text", **idle)


def canaries() -> Finding:
    """Planted secrets that leak."""
    told = "3 of 10 planted records are known to the model beyond chance."
    return _about(Code.CANARIES, title="Canaries", severity=Severity.HIGH, sentence=told)


def claim() -> Finding:
    """A promise that was kept."""
    told = "The model promises (1, 1e-05) differential privacy, and no measured attack breaks it."
    return _about(Code.CLAIM, title="Privacy claim", severity=Severity.NONE, sentence=told)


def _about(code: str, **told: object) -> Finding:
    """A finding of no attack."""
    return example.finding(code, member="", cell="", harm=None, **told)


def every() -> list[Finding]:
    """All of them."""
    return [membership(), extraction(), untested(Kind.INFERENCE), canaries(), claim()]
