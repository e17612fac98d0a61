"""What rows of a gate look like, fixed when it is made: columns, their kinds, and the labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import pyarrow as pa

from amlsec.errors import InvalidInput
from amlsec.tables.load import Columns, Labels, Table

CONTENT = "content"
"""The column of a canonical chunk that holds each row's hash."""
ROOT = "(root)"
"""The source of trusted rows, which nobody who hands in may take for his own."""


class Holds(StrEnum):
    """What a feature column holds."""

    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Form:
    """The columns of rows that a gate takes.

    Attributes
    ----------
    columns : which column is the target, the text and the time; sources are named at submission
    names : the feature columns, in order
    holds : what each of them holds
    labels : every label, malicious and benign

    >>> from amlsec.tables.load import load
    >>> columns = Columns("label")
    >>> table = pa.table({"port": ["http", "ssh"], "size": [1, 2], "label": ["ok", "attack"]})
    >>> form = Form.of(load(table, columns), columns)
    >>> form.names, [str(kind) for kind in form.holds], Form.from_json(form.as_json()) == form
    (('port', 'size'), ['category', 'number'], True)
    """

    columns: Columns
    names: tuple[str, ...]
    holds: tuple[Holds, ...]
    labels: Labels

    @classmethod
    def of(cls, table: Table, columns: Columns) -> Self:
        """The form of a loaded table, whose columns these are; raises InvalidInput where one has the name of the hash."""
        if table.batch.is_text:
            holds: tuple[Holds, ...] = (Holds.TEXT,)
        else:
            holds = tuple(Holds.CATEGORY if levels else Holds.NUMBER for levels in table.categories)
        if CONTENT in (*table.names, columns.target, columns.time):
            raise InvalidInput("column", CONTENT, "is what a gate calls the hash of a row; give yours another name")
        text = table.names[0] if table.batch.is_text else None
        return cls(Columns(columns.target, time=columns.time, text=text), table.names, holds, table.labels)

    @property
    def schema(self) -> pa.Schema:
        """Of a canonical chunk: features, target, time where there is one, and the hash of each row's content."""
        features = [(name, pa.float64() if kind == Holds.NUMBER else pa.string()) for name, kind in self._features]
        time = [(self.columns.time, pa.timestamp("us"))] if self.columns.time else []
        return pa.schema([*features, (self.columns.target, pa.string()), *time, (CONTENT, pa.string())])

    def beside(self, *names: str) -> tuple[str, ...]:
        """Names for columns beside the rows' own: an underscore is added to one that is taken.

        >>> Form(Columns("p"), ("p_", "q"), (), Labels()).beside("p", "reason")
        ('p__', 'reason')
        """
        taken = {*self.names, self.columns.target, self.columns.time, CONTENT}
        return tuple(next(name + "_" * k for k in range(len(taken) + 1) if name + "_" * k not in taken) for name in names)

    @property
    def known_labels(self) -> tuple[str, ...]:
        """Malicious and benign ones."""
        return self.labels.malicious + self.labels.benign

    @property
    def _features(self) -> list[tuple[str, Holds]]:
        return list(zip(self.names, self.holds, strict=True))

    def as_json(self) -> dict[str, Any]:
        """Plain values, as a ledger holds them."""
        return {**asdict(self), "names": list(self.names), "holds": [str(kind) for kind in self.holds]} | {
            "labels": {"malicious": list(self.labels.malicious), "benign": list(self.labels.benign)}
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """The form that was written by `as_json`."""
        labels = Labels(*(tuple(told["labels"][name]) for name in ("malicious", "benign")))
        return cls(Columns(**told["columns"]), tuple(told["names"]), tuple(Holds(kind) for kind in told["holds"]), labels)
