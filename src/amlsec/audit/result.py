"""The one result object of an audit: terminal, HTML, JSON, SARIF, JUnit and exit code all read it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from amlsec.evidence import Finding, Severity, State


class Subject(BaseModel):
    """What was audited."""

    model_config = ConfigDict(frozen=True)

    data: str = Field(description="the file, or the demo's name")
    model: str = Field(description="what was trained, in words")
    rows: int
    distinct_rows: int
    malicious_share: float = Field(description="share of rows with the malicious label")
    columns: list[str]
    target: str
    malicious_label: str
    benign_label: str
    sources: int = Field(description="number of distinct sources; 0 where nobody noted them")
    split: dict[str, int] = Field(description="how many rows served as what")
    trained: int | None = Field(default=None, description="how many rows trained the model; None where that is not known")
    notes: list[str] = Field(description="what a reader must know of the data: sampling, simulation, dropped rows")
    clean: dict[str, str] = Field(description="the undisturbed model's rates on test rows, each with its interval, in words")


class Run(BaseModel):
    """How the audit ran."""

    model_config = ConfigDict(frozen=True)

    amlsec: str = Field(description="version of amlsec")
    started: str = Field(description="date and time, ISO 8601, UTC")
    seconds: float
    seed: int
    command: str
    threat: str = Field(description="the threat model asked for, in words")
    libraries: dict[str, str] = Field(description="versions of the libraries that computed")
    games_planned: int
    games_run: int
    games_not_run: int


class Comparison(BaseModel):
    """One finding against the same finding of an earlier result."""

    model_config = ConfigDict(frozen=True)

    code: str
    before: float
    after: float
    worse: bool = Field(description="whether the interval's lower end lies above the earlier value")
    sentence: str


class Leak(BaseModel):
    """One way in which a model may give away what it was trained on, for a reader who is no engineer."""

    model_config = ConfigDict(frozen=True)

    question: str
    means: str = Field(description="why it matters to the people in the data")
    severity: Severity = Field(description="that of the worst finding")
    standing: str = Field(description="the severity in a word, or held, not shown, not tested")
    answer: str = Field(description="what could be learnt, or why that is not known")
    cost: str = Field(description="who could do it, and what he pays")
    helps: str = Field(description="the measured defense that leaves least, and its price")
    figures: dict[str, str] = Field(description="more figures of the worst finding, by name")
    codes: list[str] = Field(description="the findings behind it, worst first")


class Privacy(BaseModel):
    """What the model gives away of the people in its data: whose data, what, at what cost, and what helps."""

    model_config = ConfigDict(frozen=True)

    summary: str
    whose: list[str]
    leaks: list[Leak]
    claims: list[str] = Field(description="what is promised of the model or a defense by proof, and whether it held")


class AuditResult(BaseModel):
    """Everything an audit found."""

    model_config = ConfigDict(frozen=True)

    schema_version: Literal["1"] = "1"
    subject: Subject
    run: Run
    headline: list[str] = Field(description="three sentences: what is the worst that can happen")
    findings: list[Finding]
    privacy: Privacy | None = Field(default=None, description="what a data protection officer reads; None in older reports")
    baseline: list[Comparison] = Field(default_factory=list, description="empty without --baseline")
    conditions: dict[str, str] = Field(default_factory=dict, description="pass, warn, fail or not run, by code")
    bar: str = Field(description="what makes the audit fail, in words")
    failed: list[str] = Field(description="codes of the findings at or over the bar")

    @property
    def exit_code(self) -> int:
        """0 under the bar, 1 at or over it, 3 where nothing could be tested."""
        measured = [finding for finding in self.findings if finding.state == State.MEASURED]
        attacked = [finding for finding in self.findings if finding.member]
        if not measured or (attacked and not any(finding.member for finding in measured)):
            return 3
        return 1 if self.failed else 0

    @property
    def worst_first(self) -> list[Finding]:
        """The findings, worst first: by severity, then by harm."""
        return sorted(self.findings, key=_badness, reverse=True)


def _badness(finding: Finding) -> tuple[int, int, float]:
    measured = finding.state == State.MEASURED
    return measured, Severity(finding.severity).rank, finding.harm.value if finding.harm else 0.0
