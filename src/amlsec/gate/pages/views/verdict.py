"""Why a submission was decided on as it was, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from amlsec.gate.judging.checks import Why
from amlsec.gate.pages.words import count
from amlsec.gate.records import Stands, Submission

_NAMES = {
    "found": "Found worse than trusted rows",
    "screens": "The screens of the policy",
    "worst": "Its most harmful rows",
    "otherwise": "Against a trusted row",
    "whole": "All of it, taken together",
    "suspended": "The source’s sentinel",
    "turned": "Protected rows",
    "share": "Share of the training data",
    "growth": "Growth of that share",
    "judging": "The judging itself",
}
_BECAUSE = {
    "judging": "No verdict could be reached, so all of it was held.",
    "turned": "Protected rows that must stay right would turn wrong, so all of it was held.",
    "suspended": "Small harms of its source add up; the source is suspended until a person clears it.",
    "whole": "Taken together its rows are more harmful than trusted ones, so all of it was held.",
    "found": "{rows} far worse than trusted rows are, at the rate of false rejections that the policy allows.",
    "otherwise": "{rows} among the trusted rows already, under the other label.",
    "screens": "{rows} held back by the screens of the policy.",
    "worst": "{rows} among the most harmful, compared with trusted rows.",
    "share": "{rows} over the share of the training data that one source may have.",
    "growth": "{rows} over what one source may add in these days.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check as a reader wants it."""

    name: str
    says: str
    value: float
    limit: float
    fired: bool
    rows: int


def checks(told: Iterable[Mapping[str, Any]]) -> list[Check]:
    """Every check, those that fired first and of these the one that decided on most rows."""
    keys = ("says", "value", "limit", "fired", "rows")
    found = [Check(_NAMES[_name(one)], *(one[key] for key in keys)) for one in told]
    return sorted(found, key=lambda check: (not check.fired, -check.rows))


def because(told: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each check that decided on rows: what speaks against all of the submission first, then by rows.

    >>> because([{"why": 5, "rows": 2, "fired": True}, {"why": 4, "rows": 7, "fired": True}])
    ['7 rows were held back by the screens of the policy.',
     '2 rows were among the most harmful, compared with trusted rows.']
    >>> because([{"why": 5, "rows": 2, "fired": True}, {"why": 8, "rows": 1, "fired": True}])[0]
    'Protected rows that must stay right would turn wrong, so all of it was held.'
    """
    fired = {_name(one): one["rows"] for one in told if one["fired"] and one["rows"]}
    ordered = sorted(fired, key=lambda name: ("{rows}" in _BECAUSE[name], -fired[name]))
    return [_BECAUSE[name].format(rows=_were(fired[name])) for name in ordered]


def headline(found: Submission) -> str:
    """What holds of a submission, in one sentence.

    >>> from amlsec.gate.records import Submission
    >>> about = dict(id=7, source="web", key=None, digest="", received="", rows=40, harm=0.9)
    >>> headline(Submission(**about, stands=Stands.QUARANTINED, accepted=28, quarantined=12, rejected=0))
    '12 of 40 rows wait for a person.'
    >>> headline(Submission(**about, stands=Stands.ACCEPTED, accepted=40, quarantined=0, rejected=0))
    'All 40 rows were accepted.'
    """
    if found.stands == Stands.WAITING:
        return "It could not be judged yet." if found.error else "Its verdict is still to come."
    if found.stands == Stands.ROLLED_BACK:
        return "It was rolled back: no new snapshot holds any of it."
    if found.quarantined:
        return f"{_share(found.quarantined, found.rows)} {_agree(found.quarantined, 'waits', 'wait')} for a person."
    if found.rejected:
        return f"{_share(found.rejected, found.rows)} {_agree(found.rejected, 'was', 'were')} rejected."
    return f"{_share(found.rows, found.rows)} {_agree(found.rows, 'was', 'were')} accepted."


def _name(check: Mapping[str, Any]) -> str:
    return check["name"] if "name" in check else Why(check["why"]).name.lower()


def _share(part: int, rows: int) -> str:
    if part == rows:
        return f"All {count(rows, 'row')}" if rows > 1 else "Its only row"
    return f"{part:,} of {count(rows, 'row')}"


def _were(rows: int) -> str:
    return f"{count(rows, 'row')} {_agree(rows, 'was', 'were')}"


def _agree(rows: int, one: str, many: str) -> str:
    return one if rows == 1 else many
