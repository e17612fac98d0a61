"""The twelve cells of the threat model, each with what was found there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amlsec.audit.result import AuditResult
from amlsec.evidence import Finding, State
from amlsec.threat import CELLS, Influence, Specificity, ThreatModel, Violation


@dataclass(frozen=True, slots=True)
class Square:
    """One cell and its findings, worst first."""

    cell: ThreatModel
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Finding | None:
        """The worst finding measured here; None where nothing was."""
        return next((finding for finding in self.findings if finding.state == State.MEASURED), None)

    @property
    def empty(self) -> str:
        """Why nothing was measured here, in words."""
        states = {finding.state for finding in self.findings}
        if not states:
            return "no attack yet"
        return str(State.NOT_RUN if State.NOT_RUN in states else State.NOT_APPLICABLE)


def squares(result: AuditResult) -> dict[ThreatModel, Square]:
    """The square of every cell of the threat model."""
    ranked = result.worst_first
    return {cell: Square(cell, tuple(f for f in ranked if f.cell == str(cell))) for cell in CELLS}


def rows(result: AuditResult) -> Iterator[tuple[Influence, Specificity, list[Square]]]:
    """The map's four rows, each with one square for integrity, availability and privacy."""
    every = squares(result)
    for influence in Influence:
        for specificity in Specificity:
            yield influence, specificity, [every[ThreatModel(influence, violation, specificity)] for violation in Violation]
