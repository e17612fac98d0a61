"""Whether the tables say what follows from the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from amlsec.gate import schema
from amlsec.gate.judging.standing import Own
from amlsec.gate.ledger import canonical
from amlsec.gate.people.hidden import hashed
from amlsec.gate.replay import State

Rows = Mapping[Any, Mapping[str, Any]]
"""Rows of a table by their key: those columns that follow from the ledger."""


def projection_faults(connection: Connection, state: State) -> Iterator[str]:
    """Everything in which the tables are not as this state of the ledger has them, in words."""
    for name, wanted in _wanted(state).items():
        try:
            yield from _differences(connection, getattr(schema, name), wanted)
        except (ValueError, TypeError, KeyError):
            yield f"{name}: the table holds a value that no gate writes"


def _wanted(state: State) -> dict[str, Rows]:
    held = state.submissions.values()
    heard = sorted({one.source for one in held} | set(state.registers) | set(state.standings))
    return {
        "submissions": {one.id: one.row() for one in held},
        "jobs": {one.id: {} for one in held if one.judged is None},
        "sources": {name: _source(state, name) for name in heard},
        "standing": {1: {"value": canonical(state.standing)}},
        "snapshots": {seq: _columns(schema.snapshots, entry.body) for seq, entry in state.snapshots.items()},
        "models": {seq: _columns(schema.models, entry.body) for seq, entry in state.models.items()},
        "users": state.users,
        "tokens": state.tokens,
    }


def _source(state: State, name: str) -> dict[str, str]:
    standing = state.standings.get(name) or asdict(Own())
    return {"register": canonical(state.registers.get(name, {})), "standing": canonical(standing)}


def _columns(table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: body[column.name] for column in table.c if column.name in body}


def _differences(connection: Connection, table: Table, wanted: Rows) -> Iterator[str]:
    missing, key = dict(wanted), "name" if table is schema.tokens else table.primary_key.columns[0].name
    for row in connection.execute(select(table).order_by(table.c[key])):
        found = _shown(table, row)
        told = missing.pop(found[key], None)
        if told is None:
            yield f"{table.name} {found[key]}: the ledger knows of no such thing"
            continue
        for column, value in told.items():
            if found[column] != value:
                yield f"{table.name} {found[key]}: {column} is {_short(found[column])}, the ledger says {_short(value)}"
    for absent in missing:
        yield f"{table.name} {absent}: the table has lost it"


def _shown(table: Table, row: Row[Any]) -> dict[str, Any]:
    """A row as the ledger may show it: of a password, the hash of what is kept."""
    found = row._asdict()
    return {**found, "password": hashed(found["password"])} if table is schema.users else found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
