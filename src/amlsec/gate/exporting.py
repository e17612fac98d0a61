"""What a gate holds, written out for other programs: the ledger, and rows with what is said of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet
from sqlalchemy import select

from amlsec.errors import InvalidInput
from amlsec.gate.home import Home
from amlsec.gate.ledger import canonical
from amlsec.gate.looking import all_entries, found, judged
from amlsec.gate.reading.neutral import neutralised
from amlsec.gate.schema import submissions
from amlsec.gate.telling import schema_of, told
from amlsec.gate.written import written
from amlsec.whole import whole


def export_ledger(home: Home, file: Path) -> None:
    """Write every entry as a line of JSON."""
    with written("file", file), whole(file) as out:
        out.writelines(f"{canonical(entry)}\n".encode() for entry in all_entries(home))


def export_rows(home: Home, number: int, file: Path, format: str) -> None:
    """Write the rows of a submission, with what was decided of each and why, as csv, jsonl or parquet.

    In CSV a cell that a spreadsheet could take for a formula begins with an apostrophe; the others give back what went in.

    Raises InvalidInput for another format, NotFound where there is no such submission.
    """
    write = _writer(format)
    with home.database.reading() as connection:
        about, verdict = found(connection, number), judged(connection, number)
    with written("file", file), whole(file) as out:
        write(told(home, about, verdict), schema_of(home.form), out)


def export_quarantine(home: Home, file: Path, format: str) -> None:
    """Write all rows that wait for a person, as `export_rows` does."""
    write = _writer(format)
    with written("file", file), whole(file) as out:
        write(_waiting(home), schema_of(home.form), out)


def _waiting(home: Home) -> Iterator[pa.Table]:
    (decision,) = home.form.beside("decision")
    held = (submissions.c.quarantined > 0) & submissions.c.rolled_back.is_(None)
    with home.database.reading() as connection:
        for about in connection.execute(select(submissions).where(held).order_by(submissions.c.id)).all():
            for rows in told(home, about, judged(connection, about.id)):
                yield rows.filter(pc.field(decision) == "quarantine")


def _csv(tables: Iterable[pa.Table], schema: pa.Schema, out: IO[bytes]) -> None:
    with csv.CSVWriter(out, neutralised(schema.empty_table()).schema) as writer:
        for table in tables:
            writer.write_table(neutralised(table))


def _jsonl(tables: Iterable[pa.Table], _: pa.Schema, out: IO[bytes]) -> None:
    for table in tables:
        out.writelines(f"{json.dumps(row, ensure_ascii=False, default=str)}\n".encode() for row in _plain(table))


def _plain(table: pa.Table) -> Iterator[dict[str, object]]:
    """Rows without NaN, which JSON does not have."""
    for row in table.to_pylist():
        yield {name: None if value != value else value for name, value in row.items()}


def _parquet(tables: Iterable[pa.Table], schema: pa.Schema, out: IO[bytes]) -> None:
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def _writer(format: str) -> Callable[[Iterable[pa.Table], pa.Schema, IO[bytes]], None]:
    if format not in _WRITERS:
        raise InvalidInput("format", format, f"must be one of {', '.join(_WRITERS)}")
    return _WRITERS[format]


_WRITERS = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}
