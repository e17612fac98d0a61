"""The result as SARIF 2.1.0 (OASIS, 2020), for code scanning.

Findings with a severity are results. What held is a rule without a result; what was not applicable or not run is a
notification of the run: viewers such as GitHub's show every result as an alert, whatever its kind.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import quote

from amlsec.audit.result import AuditResult
from amlsec.evidence import Finding, Severity, State
from amlsec.plain import clip, plain
from amlsec.standards import MITIGATIONS

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVEL = {
    Severity.NONE: "none",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
_SCORE = {Severity.NONE: "0.0", Severity.LOW: "2.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}
"""On the scale of GitHub's `security-severity`: over 9 is critical, 7 high, 4 medium."""


def text(result: AuditResult) -> str:
    """The result as a SARIF log."""
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(result)]}, indent=2, ensure_ascii=False)


def _run(result: AuditResult) -> dict[str, Any]:
    findings = result.worst_first
    return {
        "tool": {
            "driver": {"name": "amlsec", "version": result.run.amlsec, "rules": [_rule(finding) for finding in findings]}
        },
        "automationDetails": {"id": f"amlsec/audit/{_uri(result.subject.data)}/"},
        "invocations": [_invocation(result)],
        "results": [_result(result, i) for i, finding in enumerate(findings) if _counts(finding)],
    }


def _counts(finding: Finding) -> bool:
    return finding.state == State.MEASURED and finding.severity != Severity.NONE


def _rule(finding: Finding) -> dict[str, Any]:
    severity = Severity(finding.severity)
    return {
        "id": finding.code,
        "name": _safe(finding.member or finding.title),
        "shortDescription": {"text": _safe(finding.title)},
        "fullDescription": {"text": _safe(f"{finding.title}: {finding.cell or 'the data and the model themselves'}")},
        "help": {"text": _help(finding)},
        "defaultConfiguration": {"level": _LEVEL[severity]},
        "properties": {"tags": _tags(finding), "security-severity": _SCORE[severity]},
    }


def _help(finding: Finding) -> str:
    parts = (finding.who, finding.cost, finding.advice, finding.reproduce, " ".join(finding.references))
    names = ("Who could do it", "What it costs him", "What would help", "Reproduce", "Papers")
    told = [f"{name}: {part}" for name, part in zip(names, parts, strict=True) if part]
    return _safe("\n".join(told) or finding.title)


def _tags(finding: Finding) -> list[str]:
    """What the threat is called and what the finding answers; a viewer takes twenty, so that measured defenses stay out."""
    answers = {standard: ids for standard, ids in finding.answers.items() if standard != MITIGATIONS}
    ids = [
        f"external/{standard}/{ident}".lower().replace(" ", "-")
        for standard, listed in (finding.standards | answers).items()
        for ident in listed
        if not ident.startswith("none")
    ]
    return ["security", "machine-learning", *(["/".join(finding.cell.split())] if finding.cell else []), *ids]


def _result(result: AuditResult, position: int) -> dict[str, Any]:
    finding = result.worst_first[position]
    uri = _uri(result.subject.data)
    fingerprint = hashlib.sha256(f"{finding.code} {uri}".encode()).hexdigest()
    return {
        "ruleId": finding.code,
        "ruleIndex": position,
        "kind": "fail",
        "level": _LEVEL[Severity(finding.severity)],
        "message": {"text": _safe(f"{finding.sentence} {finding.because}".strip() or finding.title)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint[:16]}:1", "amlsec/v1": fingerprint},
        "properties": {"severity": str(finding.severity), "overTheBar": finding.code in result.failed},
    }


def _invocation(result: AuditResult) -> dict[str, Any]:
    return {
        "executionSuccessful": result.exit_code != 3,
        "exitCode": result.exit_code,
        "commandLine": _safe(result.run.command),
        "startTimeUtc": result.run.started,
        "toolExecutionNotifications": [
            {
                "descriptor": {"id": f"{finding.code}/{finding.state.replace(' ', '-')}"},
                "associatedRule": {"id": finding.code, "index": i},
                "level": "note",
                "message": {"text": _safe(f"{finding.title}: {finding.state}, because {finding.because}")},
            }
            for i, finding in enumerate(result.worst_first)
            if finding.state != State.MEASURED
        ],
    }


def _uri(data: str) -> str:
    """The audited file as a URI: relative where the path is, and a file URI where it is absolute."""
    if Path(data).is_absolute():
        return Path(data).as_uri()
    return quote(PureWindowsPath(data).as_posix(), safe="/")


def _safe(told: str) -> str:
    return plain(clip(told, 2000))
