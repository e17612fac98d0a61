"""The threat model in the words of MITRE ATLAS, NIST AI 100-2 and the OWASP ML Top 10.

The ids, their versions and the map from our cells stand in `standards.toml`. Map by id: names change between releases.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from amlsec.threat import ThreatModel


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
    """Every id of one standard ("atlas", "nist", "owasp") and its name there."""
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
    return Standards(*(tuple(row[standard]) for standard in ("atlas", "nist", "owasp")))
