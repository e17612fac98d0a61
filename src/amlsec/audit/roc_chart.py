"""The ROC curves of an audit's attacks on membership, as one picture."""

from __future__ import annotations

from collections.abc import Sequence

from amlsec.evaluation import roc
from amlsec.evaluation.inline_svg import inline
from amlsec.evidence import Finding, Roc
from amlsec.plain import line

Named = tuple[str, Roc]
_AT = (0.001, 0.01)


def svg(worst_first: Sequence[Finding]) -> str | None:
    """The worst attack, alone and behind its best defense, then the others alone; None where no attack has a curve."""
    curves = named(worst_first)[: roc.MOST]
    if not curves:
        return None
    told = "; ".join(_told(name, curve) for name, curve in curves)
    return inline(roc.figure(curves), ident="c-roc", title="Members found against false claims", description=told)


def named(worst_first: Sequence[Finding]) -> list[Named]:
    """The curves to draw, each with its name."""
    attacks = [finding for finding in worst_first if finding.rocs]
    alone = [(line(finding.title, 40), curve) for finding in attacks for curve in finding.rocs if not curve.defense]
    return [*alone[:1], *_behind(attacks[0]), *alone[1:]] if attacks else []


def _behind(finding: Finding) -> list[Named]:
    best = finding.best_defense
    return [(line(f"behind {curve.defense}", 40), curve) for curve in finding.rocs if best and curve.defense == best.defense]


def _told(name: str, curve: Roc) -> str:
    """What share is found at 0.1 % and at 1 % false claims, by the nearest point that claims no more."""
    found = {at: max((share for claimed, share in curve.points if claimed <= at), default=0.0) for at in _AT}
    return f"{name}: " + ", ".join(f"{share:.1%} found at {at:.1%} false claims" for at, share in found.items())
