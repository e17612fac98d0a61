"""What a finding answers of what auditors ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from amlsec.catalogue import named
from amlsec.evidence import Finding
from amlsec.standards import MITIGATIONS, asked


def with_answers(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, each with the ids that it answers in standards for auditors, and the mitigations that were measured."""
    return [replace(finding, answers=answers(finding)) for finding in findings]


def answers(finding: Finding) -> dict[str, tuple[str, ...]]:
    """Ids by standard, without the standards that ask nothing of the kind.

    >>> from amlsec.evidence import State
    >>> answers(Finding("AML-M01", "The model's verdicts on clean rows", State.MEASURED))["aiact"]
    ('15(1)', '15(3)', '15(5) model flaws')
    """
    asks = named(finding.member).auditors if finding.member else asked(cell=finding.cell, code=finding.code)
    said = {**asks, MITIGATIONS: _measured(finding)}
    real = {standard: tuple(one for one in ids if not one.startswith("none")) for standard, ids in said.items()}
    return {standard: ids for standard, ids in real.items() if ids}


def _measured(finding: Finding) -> tuple[str, ...]:
    members = (named(defended.member) for defended in finding.defended if defended.member)
    return tuple(sorted({one for card in members for one in card.mitigations}))
