"""What MITRE ATLAS, NIST AI 100-2 and the OWASP ML Top 10 call a threat, and what auditors ask who is threatened.

The ids, their versions and the map stand in `standards.toml`. Map by id: names change between releases.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from amlsec.threat import ThreatModel

CLASSES = ("atlas", "nist", "owasp")
"""Standards that say which attack a finding is about."""

AUDITORS = ("rmf", "aisvs", "iso42001", "aiact")
"""Standards that say what must have been done about it."""

MITIGATIONS = "mitigations"
"""What ATLAS calls defenses."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that answers an auditor and is no finding: a command, a file, a part of the gate.

    Attributes
    ----------
    page : of the documentation, that tells more
    answers : ids by standard
    """

    what: str
    page: str
    answers: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Standards:
    """Ids in each standard; where one has no entry, a single value "none, because ..." stands in their place."""

    atlas: tuple[str, ...]
    nist: tuple[str, ...]
    owasp: tuple[str, ...]

    def as_dict(self) -> dict[str, tuple[str, ...]]:
        return asdict(self)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("amlsec").joinpath("standards.toml").read_text("utf-8"))


def known(standard: str) -> dict[str, str]:
    """Every id of one standard, of `CLASSES` or `AUDITORS`, or of the mitigations; each with its name or what it asks."""
    return dict(_tables()[standard]["ids"])


def version(standard: str) -> str:
    """The edition the ids were taken from."""
    return str(_tables()[standard]["version"])


def of_cell(cell: ThreatModel) -> Standards:
    """Where a cell of the threat model stands in each standard.

    >>> from amlsec.threat import CELLS
    >>> of_cell(CELLS[0]).owasp
    ('ML02',)
    """
    row = _tables()["cells"][str(cell).replace(" ", "-")]
    return Standards(*(tuple(row[standard]) for standard in CLASSES))


def name(standard: str) -> str:
    """What one of `AUDITORS` is called."""
    return str(_tables()[standard]["name"])


def missing(standard: str) -> dict[str, str]:
    """Ids that nothing here answers, and why."""
    return dict(_tables()[standard].get("missing", {}))


def rest(standard: str) -> str:
    """What one of `AUDITORS` asks beyond the ids that are listed, and why they are not."""
    return str(_tables()[standard]["rest"])


def asked(*, cell: str = "", kind: str = "", member: str = "", code: str = "") -> dict[str, tuple[str, ...]]:
    """What a finding or a defense answers, by auditor's standard; what is said of the code goes first, the cell last.

    >>> asked(cell="exploratory privacy targeted", kind="extraction")["aisvs"]
    ('C11.2.2', 'C11.3.2')
    """
    return {standard: _said(standard, cell, kind, member, code) for standard in AUDITORS}


def mitigations(kind: str, member: str) -> tuple[str, ...]:
    """What ATLAS calls a defense of this kind and name; a single value "none, because ..." where it has no name for it.

    >>> mitigations("guard", "client-budget"), mitigations("guard", "one that is new")
    (('AML.M0004',), ('AML.M0015',))
    """
    return _said(MITIGATIONS, "", kind, member, "")


def evidence() -> tuple[Evidence, ...]:
    """What answers without being a finding."""
    return tuple(
        Evidence(row["what"], row["page"], {key: tuple(ids) for key, ids in row.items() if key not in ("what", "page")})
        for row in _tables()["evidence"]
    )


def _said(standard: str, cell: str, kind: str, member: str, code: str) -> tuple[str, ...]:
    places = (("codes", code), ("members", member), ("kinds", kind), ("cells", cell.replace(" ", "-")))
    rows = (_tables()[place].get(key, {}) for place, key in places)
    return next((tuple(row[standard]) for row in rows if standard in row), ())
