"""Rows of JSON lines: an object of plain values a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import IO, Any, NoReturn

import pyarrow as pa

from amlsec.errors import InvalidInput
from amlsec.gate.reading.limits import LONGEST_ROW
from amlsec.gate.reading.offered import Offered
from amlsec.gate.reading.unzipped import unzipped

_BATCH_BYTES = LONGEST_ROW // 4
_Row = dict[str, Any]


def batches(offered: Offered) -> Iterator[pa.RecordBatch]:
    """The wanted columns as text, of a number the digits that stand there, in batches of a few MiB.

    Raises InvalidInput, with the row, where a line is no object, is longer than 16 MiB, or misses a column, and where a
    value is nested.
    """
    with unzipped(offered) as file:
        first, rows, size = 1, list[_Row](), 0
        for number, line in _lines(file):
            rows.append(_parsed(line, number, offered))
            size += len(line)
            if len(rows) == offered.limits.chunk_rows or size >= _BATCH_BYTES:
                yield _batch(rows, first, offered)
                first, rows, size = first + len(rows), [], 0
        if rows:
            yield _batch(rows, first, offered)


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line with the number of its row; empty ones are none."""
    numbers = count(1)
    while line := file.readline(LONGEST_ROW + 1):
        if len(line) > LONGEST_ROW:
            raise InvalidInput(f"row {next(numbers)}", _start(line), f"a line is longer than {LONGEST_ROW >> 20} MiB")
        if not line.isspace():
            yield next(numbers), line


def _parsed(line: bytes, number: int, offered: Offered) -> _Row:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        row = _DECODER.decode(text)
    except RecursionError as error:
        raise InvalidInput(f"row {number}", _start(line), "is nested too deep") from error
    except ValueError as error:
        raise InvalidInput(f"row {number}", _start(line), f"is no line of JSON: {error}") from error
    if not isinstance(row, dict):
        raise InvalidInput(f"row {number}", _start(line), "must be an object: a name and a value for each column")
    for name in row.keys() - offered.wanted:
        offered.leave_out(name)
        if _deeper(row[name], offered.limits.nesting):
            raise InvalidInput(
                f"column {name[:40]!a}, row {number}", _start(line), f"is nested more than {offered.limits.nesting} deep"
            )
    return row


def _start(line: bytes) -> str:
    return line[:40].decode("utf-8", "backslashreplace")


def _object(pairs: list[tuple[str, Any]]) -> _Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return row


def _constant(spelled: str) -> NoReturn:
    raise ValueError(f"{spelled} is no number of JSON")


def _deeper(value: Any, most: int) -> bool:
    """Whether lists and objects lie within each other more than `most` times."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and (most < 1 or any(_deeper(item, most - 1) for item in inner))


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_constant)


def _batch(rows: list[_Row], first: int, offered: Offered) -> pa.RecordBatch:
    columns = {name: _column(name, [row.get(name) for row in rows], first) for name in offered.wanted}
    return pa.RecordBatch.from_pydict(columns)


def _column(name: str, values: list[Any], first: int) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowException, UnicodeEncodeError, TypeError):
        return pa.array([_plain(name, value, row) for row, value in enumerate(values, first)], pa.string())


def _plain(name: str, value: Any, row: int) -> str | None:
    if isinstance(value, dict | list):
        rule = "must be a plain value, neither a list nor an object"
        raise InvalidInput(f"column {name}, row {row}", type(value).__name__, rule)
    text = None if value is None else str(value)
    if text and not _is_unicode(text):
        raise InvalidInput(f"column {name}, row {row}", ascii(text[:40]), "is no UTF-8 text: it holds half a surrogate pair")
    return text


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
