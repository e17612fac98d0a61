"""The result: headline, comparison with an earlier audit, and whether the bar was met."""

from __future__ import annotations

from collections.abc import Sequence

from amlsec.audit.codes import Code
from amlsec.audit.privacy import privacy
from amlsec.audit.result import AuditResult, Comparison, Run, Subject
from amlsec.audit.settings import Condition, Settings
from amlsec.evidence import Finding, Interval, Severity, State
from amlsec.threat import Influence


def concluded(
    subject: Subject, run: Run, findings: list[Finding], settings: Settings, earlier: Sequence[Finding] = ()
) -> AuditResult:
    """Everything an audit found, and what follows from it; `earlier` are the findings of the baseline."""
    compared = compare(findings, earlier)
    conditions = {code: _checked(condition, code, findings) for code, condition in settings.conditions.items()}
    return AuditResult(
        subject=subject,
        run=run,
        headline=headline(findings),
        findings=findings,
        privacy=privacy(subject, findings, settings.sensitive),
        baseline=compared,
        conditions=conditions,
        bar=_bar(settings),
        failed=_failed(settings, findings, compared, conditions),
    )


def threat(settings: Settings) -> str:
    """The threat model asked for, in words."""
    return (
        f"an attacker who owns {settings.share * 100:.3g} % of the training rows and may query {settings.queries:,} times "
        f"for each row; he sees at most: {settings.access}; he knows at most: {settings.knowledge}"
    )


def headline(findings: Sequence[Finding]) -> list[str]:
    """Three sentences: the worst by touching training data and the worst without, worse one first; then whom to watch."""
    causative = _worst(findings, Influence.CAUSATIVE)
    exploratory = _worst(findings, Influence.EXPLORATORY)
    through = _said("Through the training data", causative)
    against = _said("Against the finished model", exploratory)
    first = [through, against] if _badness(causative) > _badness(exploratory) else [against, through]
    return [*first, _watch(findings)]


def _worst(findings: Sequence[Finding], influence: Influence) -> Finding | None:
    known = [f for f in findings if f.state == State.MEASURED and f.cell.startswith(influence) and f.harm]
    return max(known, key=_badness, default=None)


def _badness(finding: Finding | None) -> tuple[int, float]:
    return (finding.severity.rank, finding.harm.value) if finding and finding.harm else (-1, 0.0)


def _said(where: str, worst: Finding | None) -> str:
    if worst is None:
        return f"{where}: no attack was measured."
    held = "little harm was found; the strongest attack: " if worst.severity == Severity.NONE else ""
    return f"{where}: {held}{worst.sentence[:1].lower()}{worst.sentence[1:-1]} ({worst.title}, {worst.code}){_best(worst)}."


def _best(worst: Finding) -> str:
    best, harm = worst.best_defense, worst.harm
    if best is None or harm is None:
        return ""
    costs = f", at a price of {100 * best.price.value:+.1f} points" if best.price and best.loss >= harm.value else ""
    return f"; of the defenses measured {best.defense} is best, and leaves {round(100 * best.left.value) + 0}\u00a0%{costs}"


def _watch(findings: Sequence[Finding]) -> str:
    said = {finding.code: finding for finding in findings}
    for code in (Code.SOURCES, Code.NO_SOURCES):
        if code in said and said[code].state == State.MEASURED:
            return said[code].sentence
    if Code.SOURCES in said:
        return f"How much harm each source could do was not measured: {said[Code.SOURCES].because}."
    return "Where the rows came from was not part of this audit."


def compare(now: Sequence[Finding], then: Sequence[Finding]) -> list[Comparison]:
    """Findings measured both times; worse where the new interval's lower end lies above the earlier value.

    >>> compare([], [])
    []
    """
    earlier, later = _harms(then), _harms(now)
    return [
        _compared(code, title, earlier[code][1], later[code][1]) for code, (title, _) in later.items() if code in earlier
    ]


def _harms(findings: Sequence[Finding]) -> dict[str, tuple[str, Interval]]:
    return {finding.code: (finding.title, finding.harm) for finding in findings if finding.harm}


def _compared(code: str, title: str, before: Interval, after: Interval) -> Comparison:
    worse = after.low > before.value
    verdict = "worse" if worse else "no worse"
    said = f"{title}: {after}, was {before.value:.1%}: {verdict}."
    return Comparison(code=code, before=before.value, after=after.value, worse=worse, sentence=said)


def _checked(condition: Condition, code: str, findings: Sequence[Finding]) -> str:
    harm = next((finding.harm for finding in findings if finding.code == code), None)
    if harm is None:
        return "not run"
    if harm.low >= condition.fail:
        return "fail"
    return "warn" if harm.low >= condition.warn else "pass"


def _bar(settings: Settings) -> str:
    bars = [f"a finding of severity {settings.fail_on} or worse"] if settings.fail_on else []
    bars += [f"a finding worse than in {settings.baseline}"] if settings.baseline else []
    bars += ["a condition of amlsec.toml that fails"] if settings.conditions else []
    return " or ".join(bars) if bars else "nothing: no --fail-on, --baseline or condition was given"


def _failed(
    settings: Settings, findings: Sequence[Finding], compared: Sequence[Comparison], conditions: dict[str, str]
) -> list[str]:
    severe = [f.code for f in findings if settings.fail_on and f.severity.rank >= max(settings.fail_on.rank, 1)]
    worse = [comparison.code for comparison in compared if comparison.worse]
    broken = [code for code, state in conditions.items() if state == "fail"]
    return sorted({*severe, *worse, *broken})
