"""The finding about sources: how likely each is compromised, what it could do, and the product of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amlsec.audit.codes import Code
from amlsec.evaluation.results import Results
from amlsec.evaluation.severity import severity
from amlsec.evaluation.sources import Blast, SourceRisk, rank
from amlsec.evidence import Finding, Interval, Severity, State
from amlsec.plain import line

NAME = 60
"""How many characters of a source's name stand in a sentence."""


def source_finding(results: Results, likelihood: Mapping[str, Interval], reproduce: str) -> Finding:
    """The sources ranked by risk; `likelihood` is how likely each is compromised."""
    ranked = rank([_blast(stored) for stored in results.sources.values()], likelihood)
    if not ranked:
        return Finding(Code.SOURCES, "Sources by risk", State.NOT_RUN, because=_why(results))
    worst, widest = ranked[0], max(ranked, key=lambda row: row.harm.value)
    return Finding(
        code=Code.SOURCES,
        title="Sources by risk",
        state=State.MEASURED,
        severity=_severity(ranked),
        sentence=_sentence(worst, widest),
        who=f"whoever can write to {_name(worst)}",
        cost=f"its present {worst.rows:,} of the training rows",
        harm=worst.harm,
        trials=worst.trials,
        seeds=1,
        table=tuple(_row(row) for row in ranked),
        advice=f"Check rows of {_name(worst)} before training on them, or cap its share; a register (--source-register) "
        "with who can write to each source, and what was found in it, sharpens the likelihoods.",
        reproduce=reproduce,
    )


def _why(results: Results) -> str:
    lost = (why for job, why in results.because.items() if job.source)
    return next(lost, "no source has rows among the training rows, or no attack applies")


def _blast(stored: Mapping[str, Any]) -> Blast:
    chosen_on, reported = (tuple(stored[name]) for name in ("chosen_on", "reported"))
    return Blast(**{**stored, "chosen_on": chosen_on, "reported": reported})


def _severity(ranked: list[SourceRisk]) -> Severity:
    """That of the worst harm a source could do, one step milder where it is unlikely to be compromised."""
    return max((severity(row.harm, insider=row.likelihood.high < 0.1) for row in ranked), key=lambda level: level.rank)


def _sentence(worst: SourceRisk, widest: SourceRisk) -> str:
    first = (
        f"The source to watch is {_name(worst)}: {worst.likelihood.value:.0%} likely compromised "
        f"({worst.likelihood.low:.0%} to {worst.likelihood.high:.0%}), and hostile it turns {worst.harm.value:.0%} "
        f"({worst.harm.low:.0%} to {worst.harm.high:.0%}) of the verdicts it is after ({worst.attack})"
    )
    if widest.source == worst.source:
        return f"{first}."
    return f"{first}; the widest blast radius is that of {_name(widest)}, {widest.harm.value:.0%} ({widest.attack})."


def _name(risk: SourceRisk) -> str:
    """A source's name in a sentence: quoted and short, as who names a source may be hostile and wordy."""
    return f"“{line(risk.source, NAME)}”"


def _row(row: SourceRisk) -> dict[str, str | float]:
    return {
        "source": row.source,
        "rows": float(row.rows),
        "share": row.share,
        "compromised": row.likelihood.value,
        "at most": row.likelihood.high,
        "blast radius": max(row.harm.value, 0.0),
        "strongest attack": row.attack,
        "risk": row.risk.value,
    }
