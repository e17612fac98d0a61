"""A gate is begun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection

from amlsec.errors import Conflict
from amlsec.gate import config as configuration
from amlsec.gate import migrate, standings
from amlsec.gate.act import Act
from amlsec.gate.changing import new_policy, new_root
from amlsec.gate.form import Form
from amlsec.gate.home import Home, parts
from amlsec.gate.ledger import Wrote, append, head
from amlsec.gate.new_home import new_home
from amlsec.gate.policy import DEFAULT
from amlsec.gate.trusting import canonical_rows
from amlsec.tables.load import Columns, Labels, load


def opened(
    folder: Path, trusted: Any, columns: Columns, labels: Labels, act: Act, *, policy: str | None, settings: dict[str, Any]
) -> Home:
    """Make a gate in a new or empty folder; nothing is left of it where that fails."""
    config = configuration.config(settings)
    table = load(trusted, columns, labels)
    form = Form.of(table, columns)
    rows = canonical_rows(trusted, form, config.limits)
    with new_home(folder, settings):
        return _begun(folder, form, rows, DEFAULT if policy is None else policy, act, [*_left_out(columns), *table.notes])


def _left_out(columns: Columns) -> list[str]:
    return [f"column {columns.source!r} was left out: who hands rows in is their source"] if columns.source else []


def _begun(folder: Path, form: Form, rows: pa.Table, policy: str, act: Act, notes: list[str]) -> Home:
    config, database, store = parts(folder)
    with database.or_closed():
        home = Home(folder.resolve(), config, database, store, form)
        text = new_policy(home, policy)
        root = new_root(home, rows, text["text"], version=1)
        root["notes"] = [*notes, *root["notes"]]
        migrate.upgrade(database)
        with database.writing() as connection:
            _first_entries(connection, home, text, root, act)
    return home


def _first_entries(connection: Connection, home: Home, policy: dict[str, Any], root: dict[str, Any], act: Act) -> None:
    if head(connection) is not None:
        raise Conflict(f"database {home.database.shown} holds a ledger already")
    append(connection, Wrote.OPENED, act, {"form": home.form.as_json(), "version": 1})
    append(connection, Wrote.POLICY, act, policy)
    stands = standings.begin(connection, root["rows"])
    append(connection, Wrote.ROOT, act, {**root, "learned": {}, **stands})
