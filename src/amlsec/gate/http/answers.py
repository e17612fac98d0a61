"""What the API answers that is no record of the gate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import IO, Any, Self

import pyarrow as pa
from fastapi.responses import StreamingResponse

from amlsec.gate.http.errors import Problem
from amlsec.gate.people.person import Person, Role
from amlsec.gate.records import Stands, Submission
from amlsec.gate.store import Store

LONGEST_CELL = 10_000
_BLOCK = 1 << 18
_WORDS = {
    400: "the call cannot be read",
    401: "nobody known calls",
    403: "not for this role, or a forged call",
    404: "there is no such thing",
    408: "the body comes too slowly",
    409: "contradicts what the ledger holds",
    413: "larger than what is taken",
    414: "the address is too long",
    415: "of no format that is taken",
    422: "an argument breaks a rule",
    429: "too many calls; Retry-After says when to come again",
    431: "the headers are too long",
    503: "the database or the object store is away or full: nothing was done",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these statuses."""
    return {status: {"model": Problem, "description": _WORDS[status]} for status in statuses}


def a_file(*media: str) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a download in these formats, of something that may not be there."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "a file", "content": dict.fromkeys(media, binary)}, **problems(404)}


ANY_CALL = problems(400, 401, 403, 408, 413, 414, 422, 429, 431, 503)
"""Answers that any call may get."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a submitter may know of his submission: no score and no reason, or the gate would teach how to pass it.

    Where `server.verdicts` is off, only the first three: who sends rows one by one learns by the others which are accepted.
    """

    id: int
    received: str
    rows: int
    stands: Stands | None = None
    accepted: int | None = None
    quarantined: int | None = None
    rejected: int | None = None

    @classmethod
    def of(cls, submission: Submission) -> Self:
        """That much of a submission."""
        return cls(**{name: getattr(submission, name) for name in cls.__slots__})

    @classmethod
    def kept(cls, submission: Submission) -> Self:
        """That it is kept, and not what became of it."""
        return cls(submission.id, submission.received, submission.rows)


@dataclass(frozen=True, slots=True)
class Me:
    """Who calls; `csrf` is what calls that change anything must bring as X-CSRF-Token, "" of a token."""

    kind: str
    name: str
    role: Role
    source: str | None
    csrf: str

    @classmethod
    def of(cls, person: Person) -> Self:
        """Of a person."""
        return cls(**{name: getattr(person, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Written:
    """The position of an entry in the ledger."""

    entry: int


def plain(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as JSON can hold them: NaN as null, cells cut after 10,000 characters.

    >>> plain(pa.table({"p": [float("nan"), 0.5], "words": ["a", "b"]}))
    [{'p': None, 'words': 'a'}, {'p': 0.5, 'words': 'b'}]
    """
    return [{name: _plain(value) for name, value in row.items()} for row in table.to_pylist()]


def download(store: Store, name: str, media: str, filename: str) -> StreamingResponse:
    """An object as a file; raises as `Store.open`, before anything is answered."""
    with ExitStack() as stack:
        file = stack.enter_context(store.open(name))
        return streamed(file, media, filename, stack.pop_all())


def streamed(
    file: IO[bytes], media: str, filename: str, held: AbstractContextManager[Any] | None = None
) -> StreamingResponse:
    """An open file, which is closed when it is sent, or what holds it is left."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return StreamingResponse(_blocks(file, held or file), media_type=media, headers=headers)


def _blocks(file: IO[bytes], held: AbstractContextManager[Any]) -> Iterator[bytes]:
    with held:
        while block := file.read(_BLOCK):
            yield block


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value[:LONGEST_CELL] + "…" if isinstance(value, str) and len(value) > LONGEST_CELL else value
