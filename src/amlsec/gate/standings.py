"""Where the gate and each source stand, in the database; read and written within one writing transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert, select, update

from amlsec.gate.judging.standing import Common, Own, Standing
from amlsec.gate.ledger import canonical
from amlsec.gate.schema import sources, standing


def begin(connection: Connection, root: int) -> None:
    """Where a new gate stands, with so many trusted rows."""
    connection.execute(insert(standing).values(id=1, value=canonical(asdict(Common(root)))))


def of(connection: Connection, source: str) -> Standing:
    """Where the gate and a source stand; a source never seen stands at the beginning."""
    common = connection.scalar(select(standing.c.value))
    own = connection.scalar(select(sources.c.standing).where(sources.c.name == source))
    return Standing(Common(**json.loads(common or "")), Own.from_json(json.loads(own)) if own else Own())


def keep(connection: Connection, source: str, now: Standing) -> dict[str, Any]:
    """Write where both stand now; the same as an entry of the ledger tells it."""
    told = now.as_json()
    connection.execute(update(standing).values(value=canonical(told["common"])))
    known(connection, source)
    connection.execute(update(sources).where(sources.c.name == source).values(standing=canonical(told["own"])))
    return {"standing": told["common"], "source_standing": told["own"]}


def known(connection: Connection, source: str) -> None:
    """A source has a row from the first time it is heard of."""
    if connection.scalar(select(sources.c.name).where(sources.c.name == source)) is None:
        connection.execute(insert(sources).values(name=source, register="{}", standing=canonical(asdict(Own()))))


def change_all(connection: Connection, change: Callable[[Standing], Standing]) -> dict[str, Any]:
    """Change where the gate stands with every source; what each source's standing is then."""
    after: dict[str, Any] = {}
    names = list(connection.scalars(select(sources.c.name).order_by(sources.c.name)))
    before = {name: of(connection, name) for name in names}
    for name, stood in before.items():
        after[name] = keep(connection, name, change(stood))["source_standing"]
    if not names:
        told = change(of(connection, "")).as_json()["common"]
        connection.execute(update(standing).values(value=canonical(told)))
    return after
