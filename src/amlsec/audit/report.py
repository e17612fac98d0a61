"""The report: one HTML file that needs no network and no script."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from amlsec import standards
from amlsec.audit import roc_chart, threat_map
from amlsec.audit.marked import pieces
from amlsec.audit.phrases import capital
from amlsec.audit.result import AuditResult
from amlsec.evaluation import drawing
from amlsec.evaluation.inline_svg import inline
from amlsec.evidence import Curve, Finding, Interval, Severity, State
from amlsec.literature.reader import references
from amlsec.plain import clip, line, plain

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_EDITIONS = {
    "atlas": "MITRE ATLAS",
    "nist": "NIST",
    "owasp": "OWASP ML Top 10",
    standards.MITIGATIONS: "Mitigations measured,",
    **{standard: standards.name(standard) for standard in standards.AUDITORS},
}


LARGEST = 1_000_000
"""Bytes that a page stays under."""


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much of each finding a page shows; the rest is in the JSON report."""

    examples: int
    rows: int
    numbers: bool


_DETAILS = (_Detail(3, 30, True), _Detail(1, 10, True), _Detail(0, 3, False))


def html(result: AuditResult) -> str:
    """The result as a page, in UTF-8; the same result gives the same page. The more findings, the less of each it shows."""
    charts = {f.code: _chart(f) for f in result.findings if f.curves and f.state == State.MEASURED}
    pages = (_page(result, charts, detail) for detail in _DETAILS)
    return next((page for page in pages if len(page.encode()) < LARGEST), None) or _page(result, {}, _DETAILS[-1])


def _page(result: AuditResult, charts: Mapping[str, Markup], detail: _Detail) -> str:
    from markupsafe import Markup

    return (
        _pages()
        .get_template("report.html")
        .render(
            result=result,
            charts=charts,
            roc=Markup(drawn) if (drawn := roc_chart.svg(result.worst_first)) else None,
            detail=detail,
            map_rows=list(threat_map.rows(result)),
            **_sections(result),
        )
    )


def _sections(result: AuditResult) -> dict[str, list[Finding]]:
    """The findings by the section of the page that they stand in, the worst first."""
    found = defaultdict[str, list[Finding]](list)
    for finding in result.worst_first:
        found[_section(finding)].append(finding)
    return {name: found[name] for name in ("harmful", "held", "layered", "untested")}


def _section(finding: Finding) -> str:
    if finding.state != State.MEASURED:
        return "untested"
    if finding.knock_out:
        return "layered"
    return "held" if finding.severity == Severity.NONE else "harmful"


@cache
def _pages() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("amlsec.audit", "pages"),
        autoescape=True,
        finalize=_safe,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    return environment


def _safe(value: Any) -> Any:
    """Every text that a template puts out passes here, so that no data can hide or turn a line around."""
    from markupsafe import Markup

    return value if isinstance(value, Markup) else plain(str(value))


def percent(share: float) -> str:
    """A share for a reader.

    >>> percent(0.451), percent(0.0004), percent(-0.02)
    ('45.1%', '0.04%', '−2.0%')
    """
    digits = 2 if 0 < abs(share) < 0.001 else 1
    return f"{share:.{digits}%}".replace("-", "−")


def _between(interval: Interval) -> str:
    return f"{percent(interval.low)} to {percent(interval.high)}"


def _along(share: float) -> str:
    """A position on a bar from 0 to 100%, for CSS."""
    return f"{100 * min(1.0, max(0.0, share)):.2f}%"


def _shade(share: float) -> str:
    """How dark a cell is, in steps of 10 %, for CSS."""
    return f"heat-{min(10, max(0, math.ceil(10 * share - 1e-9)))}"


def _ident(code: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", code)


def _chart(finding: Finding) -> Markup:
    from markupsafe import Markup

    safe = [Curve(line(curve.defense, 22), line(curve.unit, 60), curve.points) for curve in finding.curves[:6]]
    described = "; ".join(_told(curve) for curve in safe)
    title = line(f"Harm against budget: {finding.title}")
    return Markup(inline(drawing.figure(safe), ident=f"c-{_ident(finding.code)}", title=title, description=described))


def _told(curve: Curve) -> str:
    points = ", ".join(
        f"{percent(point.harm.value)} at {drawing.shown_budget(point.budget, curve.unit)}" for point in curve.points
    )
    return f"{curve.defense or drawing.ALONE}: {points}"


def _columns(finding: Finding) -> list[dict[str, Any]]:
    """The columns of a finding's table: name, whether its values are shares, and the largest."""
    return [_column(name, [row.get(name) for row in finding.table]) for name in finding.table[0]] if finding.table else []


def _column(name: str, values: Sequence[str | float | None]) -> dict[str, Any]:
    numbers = [value for value in values if isinstance(value, int | float)]
    share = bool(numbers) and all(0 <= number <= 1 for number in numbers)
    return {"name": name, "number": bool(numbers), "share": share, "most": max(numbers, default=0) or 1}


def _standard(name: str) -> str:
    return f"{_EDITIONS[name]} {standards.version(name)}" if name in _EDITIONS else name


def _named(ident: str, standard: str) -> str:
    known = standards.known(standard) if standard in _EDITIONS else {}
    between = ": " if standard in standards.AUDITORS else " "
    return f"{ident}{between}{known[ident]}" if ident in known else ident


_FILTERS: dict[str, Callable[..., Any]] = {
    "percent": percent,
    "between": _between,
    "along": _along,
    "ident": _ident,
    "shade": _shade,
    "columns": _columns,
    "standard": _standard,
    "named": _named,
    "clip": clip,
    "capital": capital,
    "pieces": lambda example: pieces(example.before, example.after),
    "budget": drawing.shown_budget,
    "work": lambda key: references().get(key),
    "count": lambda number: f"{number:,}",
}
