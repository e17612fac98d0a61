"""The answers so far, and what the data say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from amlsec.tables.load import Columns, Labels, opened
from amlsec.worksheet.facts import Facts

ROLES = ("target", "source", "time", "text")


@dataclass(slots=True, eq=False)
class Sheet:
    """A worksheet that is being filled in.

    Attributes
    ----------
    answers : by the question's key, in the order given
    native : the table, where it is at hand
    facts : what the table says of columns and of the clean model, once its columns are known
    """

    answers: dict[str, Any] = field(default_factory=dict)
    native: pa.Table | None = None
    facts: Facts | None = None

    @property
    def names(self) -> list[str]:
        """The table's columns; none where there is no table."""
        return [] if self.native is None else list(self.native.column_names)

    @property
    def features(self) -> list[str]:
        """The columns of numbers and categories, by what was answered."""
        taken = {self.answers.get(role) for role in ROLES}
        return [name for name in self.names if name not in taken]

    @property
    def is_text(self) -> bool:
        return self.answers.get("text") is not None

    @property
    def space(self) -> str:
        """The kind of space an attacker moves in."""
        return "text" if self.is_text else "tabular"

    def columns(self, **more: str | None) -> Columns:
        """What each column is, as far as answered, and these."""
        said: dict[str, Any] = {"target": "", **{role: self.answers.get(role) for role in ROLES}, **more}
        return Columns(**said)

    @property
    def labels(self) -> Labels:
        return Labels(tuple(self.answers.get("malicious", ())))


def opened_sheet(data: Path | None) -> Sheet:
    """An empty worksheet about a table; raises InvalidInput where it cannot be read, UnsafeFile for a pickle."""
    if data is None:
        return Sheet()
    native, _ = opened(data)
    return Sheet({"data": str(data)}, native)
