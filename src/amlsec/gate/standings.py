"""Where the gate and each source stand, in the database; read and written within one writing transaction."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from amlsec.gate.judging.standing import Common, Own, Standing, rotated
from amlsec.gate.ledger import canonical
from amlsec.gate.schema import sources, standing, submissions


def begin(connection: Connection, root: int) -> dict[str, Any]:
    """Where a new gate stands, with so many trusted rows; as the entry tells it."""
    connection.execute(insert(standing).values(id=1, value=canonical(asdict(Common(root)))))
    return {"standing": asdict(Common(root)), "standings": {}}


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


def elsewhere(connection: Connection, root: int | None = None) -> dict[str, Any]:
    """Let all stand under another policy or other protected rows, or other trusted rows, so many; as the entry tells it.

    Some of the trusted rows may have been learned: submissions must tell already what is.
    """
    learned, common = _learned(connection), of(connection, "").common
    common = replace(common, root=common.root if root is None else root, learned=sum(learned.values()))
    heard = connection.execute(select(sources.c.name, sources.c.standing).order_by(sources.c.name))
    stood = {name: Standing(common, Own.from_json(json.loads(own))) for name, own in heard}
    after = {
        name: asdict(replace(rotated(own, common.root).own, learned=learned.get(name, 0))) for name, own in stood.items()
    }
    _keep_all(connection, after)
    connection.execute(update(standing).values(value=canonical(asdict(common))))
    return {"standing": asdict(common), "standings": after}


def _keep_all(connection: Connection, own: dict[str, dict[str, Any]]) -> None:
    """Write where sources stand, all at once: those who write wait for it."""
    if own:
        one = update(sources).where(sources.c.name == bindparam("named")).values(standing=bindparam("now"))
        connection.execute(one, [{"named": name, "now": canonical(now)} for name, now in own.items()])


def _learned(connection: Connection) -> dict[str, int]:
    """Rows learned of each source, as its submissions tell."""
    own = submissions.c
    query = select(own.source, func.sum(own.learned)).where(own.rolled_back.is_(None)).group_by(own.source)
    return {source: int(learned or 0) for source, learned in connection.execute(query)}
