"""Tokens of programs: shown once, kept as hashes; a submitter's speaks for one source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from amlsec.errors import Conflict, InvalidInput, NotFound
from amlsec.gate.act import Act, as_text
from amlsec.gate.home import Home
from amlsec.gate.ledger import Wrote, append
from amlsec.gate.people import hidden
from amlsec.gate.people.person import Person, Role
from amlsec.gate.people.users import checked_name
from amlsec.gate.schema import tokens as table
from amlsec.gate.submitting import named

PREFIX = "amlsec_"
"""By which scanners for leaked secrets know them."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; `expires` in UTC, None for never."""

    name: str
    role: Role
    source: str | None
    expires: str | None
    revoked: bool


def tokens(home: Home) -> list[Token]:
    """All tokens, by name, those revoked or expired included."""
    columns = (table.c.name, table.c.role, table.c.source, table.c.expires, table.c.revoked)
    with home.database.reading() as connection:
        rows = connection.execute(select(*columns).order_by(table.c.name))
        return [Token(row.name, Role(row.role), row.source, row.expires, row.revoked) for row in rows]


def make_token(
    home: Home, name: str, role: Role, *, act: Act, source: str | None = None, expires: datetime | None = None
) -> str:
    """A new token, told this once; a submitter's names the source it speaks for.

    Raises InvalidInput where a submitter's names no source, another's does, or it expires before now; Conflict where the
    name was ever used: what the ledger says of a name must stay true.
    """
    checked_name("name", name)
    until = _checked(Role(role), source, expires, act)
    secret = hidden.fresh(PREFIX)
    about = {"name": name, "hash": hidden.hashed(secret), "role": str(role), "source": source, "expires": until}
    with home.database.writing() as connection:
        if _found(connection, name):
            raise Conflict(f"there is, or was, a token {name}")
        connection.execute(insert(table).values(revoked=False, **about))
        append(connection, Wrote.ACCOUNT, act, {"what": "token made", **about}, source=source)
    return secret


def revoke_token(home: Home, name: str, *, act: Act) -> None:
    """A token is good no more; raises NotFound where there is none."""
    with home.database.writing() as connection:
        if not _found(connection, name):
            raise NotFound(f"there is no token {name!r}")
        connection.execute(update(table).where(table.c.name == name).values(revoked=True))
        append(connection, Wrote.ACCOUNT, act, {"what": "token revoked", "name": name})


def bearer(home: Home, secret: str, when: datetime) -> Person | None:
    """The program whose token this is; None where it is unknown, revoked or expired."""
    if not secret.startswith(PREFIX):
        return None
    kept = hidden.hashed(secret)
    with home.database.reading() as connection:
        row = connection.execute(select(table).where(table.c.hash == kept)).first()
    if row is None or not hidden.same(kept, row.hash) or row.revoked or (row.expires and row.expires <= as_text(when)):
        return None
    return Person("token", row.name, Role(row.role), row.source)


def _checked(role: Role, source: str | None, expires: datetime | None, act: Act) -> str | None:
    """When it expires, as the table holds it."""
    if (role == Role.SUBMITTER) != bool(source):
        raise InvalidInput("source", source, "must be named for a submitter, and for nobody else")
    if source:
        named("source", source)
    if expires is None:
        return None
    if expires.tzinfo is None or expires <= act.when:
        raise InvalidInput("expires", expires.isoformat(), "must be a time to come, with its zone")
    return as_text(expires)


def _found(connection: Connection, name: str) -> bool:
    return connection.execute(select(table.c.name).where(table.c.name == name)).first() is not None
