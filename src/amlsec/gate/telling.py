"""Rows with all that is said of them, chunk by chunk: for a search, and to be written out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Row

from amlsec.evidence import Decision
from amlsec.gate import decisions, parquet_object
from amlsec.gate.form import Form
from amlsec.gate.home import Home
from amlsec.gate.learned import chunks
from amlsec.gate.ledger import Entry
from amlsec.gate.verdicts import SCHEMA

WHERE = (("source", pa.string()), ("submission", pa.int64()), ("position", pa.int64()), ("decision", pa.string()))
"""Columns that tell where a row came from, and what holds of it; the verdict's follow."""


def schema_of(form: Form) -> pa.Schema:
    """Of what `told` gives."""
    more = [*WHERE, *((field.name, field.type) for field in SCHEMA)]
    names = form.beside(*(name for name, _ in more))
    return pa.schema([*form.schema, *(pa.field(name, kind) for name, (_, kind) in zip(names, more, strict=True))])


def told(home: Home, about: Row[Any], verdict: Entry | None) -> Iterator[pa.Table]:
    """The rows of a submission in their order, with its entry of the table and its verdict, if there is one yet."""
    said = _said(home, about.rows, verdict)
    holds, schema, start = _decided(home, about), schema_of(home.form), 0
    for chunk in chunks(home.store, json.loads(about.chunks)):
        n = len(chunk)
        position = pa.array(np.arange(start, start + n))
        where = [pa.repeat(about.source, n), pa.repeat(pa.scalar(about.id, pa.int64()), n), position]
        verdicts = said.slice(start, n).cast(SCHEMA).columns
        yield pa.Table.from_arrays([*chunk.columns, *where, holds.slice(start, n), *verdicts], schema=schema)
        start += n


def _decided(home: Home, about: Row[Any]) -> pa.Array:
    """What holds of each row (n,), in a word."""
    if about.judged is None or about.rolled_back is not None:
        return pa.repeat("waiting" if about.judged is None else "rolled back", about.rows)
    codes = pa.array(decisions.read(home.store, about.decisions))
    return pa.DictionaryArray.from_arrays(codes, [decision.name.lower() for decision in Decision]).cast(pa.string())


def _said(home: Home, rows: int, verdict: Entry | None) -> pa.Table:
    """The verdict on each row (n,); few reasons are different, so that much is little."""
    if verdict is None:
        return pa.table([pa.nulls(rows, field.type) for field in SCHEMA], schema=SCHEMA)
    parts = map(home.store.get, verdict.body["verdicts"])
    return pa.concat_tables(parquet_object.read(part, dictionary=["reason"]) for part in parts)
