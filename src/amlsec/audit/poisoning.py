"""The finding that ranks the poisoning risks and names the defense that left least harm."""

from __future__ import annotations

from collections.abc import Sequence

from amlsec.audit.codes import Code
from amlsec.evaluation.recommend import Recommendation, recommended
from amlsec.evidence import Finding, Severity, State


def poisoning_finding(found: Sequence[Finding], reproduce: str = "") -> Finding:
    """From the findings of the poisoning attacks; not run where none was measured. `reproduce` is the command to type."""
    measured = sorted((f for f in found if f.state == State.MEASURED and f.harm), key=_badness, reverse=True)
    if not measured:
        return Finding(Code.POISONING, _TITLE, State.NOT_RUN, because="no poisoning attack was measured")
    best = recommended([(finding.harm, finding.defended) for finding in measured if finding.harm])
    return Finding(
        code=Code.POISONING,
        title=_TITLE,
        state=State.MEASURED,
        severity=measured[0].severity,
        sentence=f"{_said(measured)} {_advised(best, measured)}",
        table=tuple(_row(finding) for finding in measured),
        trials=max(finding.trials for finding in measured),
        seeds=max(finding.seeds for finding in measured),
        reproduce=reproduce,
    )


_TITLE = "Poisoning risks, ranked"


def _badness(finding: Finding) -> tuple[int, float]:
    return Severity(finding.severity).rank, finding.harm.value if finding.harm else 0.0


def _said(measured: Sequence[Finding]) -> str:
    harmful = [finding for finding in measured if finding.harm and finding.harm.low > 0]
    if not harmful:
        return f"None of {len(measured)} poisoning attacks does harm beyond chance at the asked share."
    does = "does" if len(harmful) == 1 else "do"
    return f"{len(harmful)} of {len(measured)} poisoning attacks {does} harm beyond chance; the worst is {harmful[0].title}."


def _advised(best: Recommendation | None, measured: Sequence[Finding]) -> str:
    if best is None:
        tried = any(finding.defended for finding in measured)
        return "No defense measured left less beyond chance, its price counted." if tried else "No defense was measured."
    attacks, met = best.attacks
    price = f", and costs {100 * best.price.value:+.1f} points on clean rows" if best.price else ""
    knowing = "attackers who know it included" if best.knowing else "not every attacker knew it"
    return (
        f"{best.defense} left least, its price counted: {best.left:.1%} of {best.alone:.1%} on average over {attacks} "
        f"({met} played against it, {knowing}){price}."
    )


def _row(finding: Finding) -> dict[str, str | float]:
    best = finding.best_defense
    assert finding.harm
    return {
        "attack": finding.title,
        "code": finding.code,
        "harm": str(finding.harm),
        "best defense": best.defense
        if best
        else "none measured helps beyond chance"
        if finding.defended
        else "none measured",
        "left": str(best.left) if best else "",
        "by one who knows it": str(best.adaptive) if best and best.adaptive else "not measured",
    }
