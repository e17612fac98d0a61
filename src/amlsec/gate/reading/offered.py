"""A file that somebody sent, and what is expected in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from amlsec.errors import InvalidInput
from amlsec.gate.form import CONTENT, Form
from amlsec.gate.reading.limits import Limits
from amlsec.tables.files import one_line

_MOST_NAMED = 20
_MOST_KEPT = 1000
_LONGEST_NAME = 60


@dataclass(slots=True, eq=False)
class Offered:
    """A file to be read.

    Attributes
    ----------
    path : where it lies
    name : what its sender called it, as errors name it
    left_out : columns that are not of the form, as far as it was read
    read : rows read so far
    wanted : the columns that are read, in the form's order
    """

    path: Path
    name: str
    form: Form
    limits: Limits
    left_out: set[str] = field(default_factory=set)
    read: int = 0
    wanted: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.wanted = [name for name in self.form.schema.names if name != CONTENT]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the sender must know."""
        if not self.left_out:
            return ()
        shown = [repr(name) for name in sorted(self.left_out)[:_MOST_NAMED]]
        more = len(self.left_out) - len(shown)
        return (f"columns left out, as the gate does not know them: {', '.join([*shown, *[f'{more} more'] * (more > 0)])}",)

    def columns(self, names: Sequence[str]) -> list[str]:
        """The wanted columns, of a file that has these; raises InvalidInput where one is missing, or a name stands twice."""
        found = set(names)
        if len(found) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidInput("data", twice[:_LONGEST_NAME], "a column name that stands twice")
        for name in self.wanted:
            if name not in found:
                raise InvalidInput("data", self.name, f"has no column {name!r}, which this gate reads")
        for name in found - set(self.wanted):
            self.leave_out(name)
        return self.wanted

    def leave_out(self, name: str) -> None:
        """Note a column that is not read."""
        if len(self.left_out) < _MOST_KEPT:
            self.left_out.add(name[:_LONGEST_NAME])

    def refused(self, error: Exception, what: str = "a table") -> InvalidInput:
        """The error that says the file cannot be read."""
        if isinstance(error, MemoryError | pa.ArrowMemoryError):
            return InvalidInput("data", self.name, f"needs more memory than the {self.limits.memory >> 20} MiB it may take")
        return InvalidInput("data", self.name, f"cannot be read as {what}: {one_line(error)}")
