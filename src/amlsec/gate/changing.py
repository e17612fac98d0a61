"""What a gate judges by is changed: its policy, its trusted rows, its protected rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, update

from amlsec.errors import Conflict
from amlsec.gate import learned, standings
from amlsec.gate.act import Act
from amlsec.gate.home import Home
from amlsec.gate.in_force import InForce, judges, rows_of
from amlsec.gate.ledger import Wrote, append
from amlsec.gate.policy import parsed_policy
from amlsec.gate.reading.content import digest
from amlsec.gate.receiving import received_rows
from amlsec.gate.schema import submissions
from amlsec.gate.trusting import kept


def set_policy(home: Home, text: str, act: Act) -> int:
    """Judge by this policy from now on; nothing changes where its screens cannot be fitted."""
    told = new_policy(home, text)
    with home.database.reading() as connection:
        force = InForce.at(connection)
    notes = judges(home, told["text"], force.root.body["data"], force.protects).panel.notes
    with _unchanged(home, force) as connection:
        body = {**told, "notes": list(notes), **standings.elsewhere(connection)}
        return append(connection, Wrote.POLICY, act, body).seq


def rotate_root(home: Home, trusted: Any, act: Act, *, format: str | None = None, called: str | None = None) -> int:
    """Trust these rows from now on; they are read as those of a submission.

    Raises Conflict where one that is not trusted yet waits for a verdict or a person, was rejected, or was rolled back and
    comes from nobody else; or where the policy or the trusted rows are changed meanwhile.
    """
    rows = received_rows(home, trusted, format=format, called=called)
    with home.database.reading() as connection:
        force = InForce.at(connection)
        look = learned.looking(home, rows, rows_of(home, force.root))
        learned.held_back(connection, look)  # reads all submissions while nobody waits for it
    told = new_root(home, rows, force.policy.body["text"], version=force.root.body["version"] + 1)
    with _unchanged(home, force) as connection:
        if held := learned.held_back(connection, look):
            raise Conflict(f"{held} of these rows wait, or were rejected or rolled back; a person must accept them first")
        counts = learned.recounted(connection, look)
        for number, count in counts.items():
            connection.execute(update(submissions).where(submissions.c.id == number).values(learned=count))
        after = standings.elsewhere(connection, root=len(rows))
        body = {**told, "learned": {str(number): count for number, count in counts.items()}, **after}
        return append(connection, Wrote.ROOT, act, body).seq


def protect(home: Home, rows: Any, act: Act, *, format: str | None = None, called: str | None = None) -> int:
    """Rows that must stay right from now on, in place of those before; they are read as those of a submission."""
    found = received_rows(home, rows, format=format, called=called)
    name = kept(home.store, found)
    with home.database.reading() as connection:
        force = InForce.at(connection)
    notes = judges(home, force.policy.body["text"], force.root.body["data"], name).panel.notes
    with _unchanged(home, force) as connection:
        told = {"data": name, "rows": len(found), "digest": digest([found]), "notes": list(notes)}
        return append(connection, Wrote.PROTECTED, act, {**told, **standings.elsewhere(connection)}).seq


@contextmanager
def _unchanged(home: Home, force: InForce) -> Iterator[Connection]:
    """A writing transaction in which the gate still judges by what was looked at."""
    with home.database.writing() as connection:
        if InForce.at(connection) != force:
            raise Conflict("the policy, the trusted or the protected rows were changed just now: look again")
        yield connection


def new_policy(home: Home, text: str) -> dict[str, Any]:
    """What the ledger says of a policy, which is stored; raises InvalidInput where a key breaks its rule."""
    policy = parsed_policy(text)
    return {"text": home.store.put(text.encode()), "rule": str(policy.rule)}


def new_root(home: Home, rows: pa.Table, policy: str, *, version: int) -> dict[str, Any]:
    """What the ledger says of trusted rows, which are stored; raises InvalidInput where the policy cannot judge by them."""
    data = kept(home.store, rows)
    notes = judges(home, policy, data, None).panel.notes
    return {"version": version, "data": data, "rows": len(rows), "digest": digest([rows]), "notes": list(notes)}
