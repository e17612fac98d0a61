"""The result as JUnit XML: one test case a finding."""

from __future__ import annotations

from xml.etree import ElementTree as xml

from amlsec.audit.result import AuditResult
from amlsec.evidence import Finding, State
from amlsec.plain import clip, plain


def text(result: AuditResult) -> str:
    """The result as JUnit XML: over the bar is a failure, not applicable or not run is skipped."""
    skipped = sum(finding.state != State.MEASURED for finding in result.findings)
    totals = {
        "name": "amlsec audit",
        "tests": str(len(result.findings)),
        "failures": str(sum(_failed(result, finding) for finding in result.findings)),
        "errors": "0",
        "skipped": str(skipped),
        "time": f"{result.run.seconds:.3f}",
    }
    root = xml.Element("testsuites", totals)
    suite = xml.SubElement(root, "testsuite", totals | {"timestamp": result.run.started.removesuffix("Z")})
    for finding in result.worst_first:
        _case(suite, result, finding)
    xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _failed(result: AuditResult, finding: Finding) -> bool:
    return finding.state == State.MEASURED and finding.code in result.failed


def _case(suite: xml.Element, result: AuditResult, finding: Finding) -> None:
    place = ".".join(finding.cell.split()) or "data"
    name = {"classname": f"amlsec.{place}", "name": _safe(f"{finding.code} {finding.title}"), "time": "0"}
    case = xml.SubElement(suite, "testcase", name)
    if finding.state != State.MEASURED:
        xml.SubElement(case, "skipped", {"message": _safe(f"{finding.state}: {finding.because}")})
        return
    if _failed(result, finding):
        bad = xml.SubElement(case, "failure", {"type": str(finding.severity), "message": _safe(finding.sentence)})
        bad.text = _told(finding)
    else:
        xml.SubElement(case, "system-out").text = _told(finding)


def _told(finding: Finding) -> str:
    parts = (f"severity {finding.severity}", finding.sentence, finding.because, finding.advice, finding.reproduce)
    return _safe("\n".join(part for part in parts if part))


def _safe(told: str) -> str:
    return plain(clip(told, 2000))
