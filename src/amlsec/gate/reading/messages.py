"""What a gate and its reading child say to each other: JSON, as nothing that comes from a hostile file is ever unpickled."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter

from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.gate.reading.formats import Format
from amlsec.gate.reading.limits import Limits


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Job(_Message):
    """A file to read.

    Attributes
    ----------
    path, name : where it lies, and what its sender called it
    form : as JSON
    folder : where its chunks go
    """

    path: Path
    name: str
    form: dict[str, Any]
    limits: Limits
    format: Format | None
    folder: Path


class Parsed(_Message):
    """What was in a file.

    Attributes
    ----------
    files : its canonical chunks, in order
    rows : how many there are
    digest : of all rows' hashes
    notes : what its sender must know, such as columns left out
    """

    files: tuple[Path, ...]
    rows: int
    digest: str
    notes: tuple[str, ...]


class Refused(_Message):
    """Why a file was not read."""

    unsafe: bool
    argument: str
    value: str | int | float | None
    rule: str

    @classmethod
    def of(cls, error: InvalidInput | UnsafeFile) -> Self:
        """As an error says it."""
        value = error.value if isinstance(error, InvalidInput) else str(error.path)
        shown = value if isinstance(value, str | int | float | None) else repr(value)
        return cls(unsafe=isinstance(error, UnsafeFile), argument=error.argument, value=shown, rule=error.rule)

    @property
    def error(self) -> InvalidInput | UnsafeFile:
        """The error that it was."""
        return (UnsafeFile if self.unsafe else InvalidInput)(self.argument, self.value, self.rule)


ANSWER: TypeAdapter[Parsed | Refused] = TypeAdapter(Parsed | Refused)
ANSWER_FILE = "answer.json"
OUT_OF_MEMORY, DISK_FULL = 3, 4
"""How the child ends where it cannot answer."""
