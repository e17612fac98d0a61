"""People who sign in: reviewers and admins. Every change of an account is an entry of the ledger.

The entry holds a hash of what the table keeps of a password, so that `verify` finds one that was slipped in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from amlsec.errors import Conflict, InvalidInput, NotFound
from amlsec.gate.act import Act
from amlsec.gate.home import Home
from amlsec.gate.ledger import Wrote, append
from amlsec.gate.people import hidden, passwords
from amlsec.gate.people.person import Role
from amlsec.gate.schema import sessions
from amlsec.gate.schema import users as table

NAME = r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}"
NAMED = "must be 1 to 100 of A-Z a-z 0-9 . _ @ + -, the first a letter or digit"
"""The same in words."""


@dataclass(frozen=True, slots=True)
class User:
    """A person's account."""

    name: str
    role: Role
    disabled: bool


def users(home: Home) -> list[User]:
    """All accounts, by name."""
    with home.database.reading() as connection:
        rows = connection.execute(select(table.c.name, table.c.role, table.c.disabled).order_by(table.c.name))
        return [User(row.name, Role(row.role), row.disabled) for row in rows]


def add_user(home: Home, name: str, password: str, role: Role, *, act: Act) -> None:
    """Let a person sign in.

    Raises InvalidInput for a name, password or role that cannot be, Conflict where the name is taken.
    """
    checked_name("name", name)
    role = _deciding(role)
    kept = passwords.hashed(password)
    with home.database.writing() as connection:
        if _found(connection, name):
            raise Conflict(f"there is a user {name} already")
        connection.execute(insert(table).values(name=name, role=str(role), password=kept, disabled=False))
        told = {"what": "user added", "name": name, "role": str(role), "password": hidden.hashed(kept)}
        append(connection, Wrote.ACCOUNT, act, told)


def set_password(home: Home, name: str, password: str, *, act: Act) -> None:
    """Give a person another password; who is signed in by the old one is signed out."""
    kept = passwords.hashed(password)
    _change(home, name, act, {"what": "password changed", "password": hidden.hashed(kept)}, password=kept)


def set_role(home: Home, name: str, role: Role, *, act: Act) -> None:
    """Give a person another role."""
    _change(home, name, act, {"what": "role changed", "role": str(role)}, role=str(_deciding(role)))


def disable_user(home: Home, name: str, *, act: Act) -> None:
    """Sign a person out, and let him in no more."""
    _change(home, name, act, {"what": "user disabled"}, disabled=True)


def enable_user(home: Home, name: str, *, act: Act) -> None:
    """Let a person in again."""
    _change(home, name, act, {"what": "user enabled"}, disabled=False)


def is_name(name: str) -> bool:
    """Whether an account or a token can be called that."""
    return re.fullmatch(NAME, name) is not None


def checked_name(argument: str, name: str) -> None:
    """Raises InvalidInput where a name is not of plain letters."""
    if not is_name(name):
        raise InvalidInput(argument, name, NAMED)


def _change(home: Home, name: str, act: Act, told: dict[str, Any], **values: Any) -> None:
    with home.database.writing() as connection:
        if not _found(connection, name):
            raise NotFound(f"there is no user {name!r}")
        connection.execute(update(table).where(table.c.name == name).values(**values))
        connection.execute(delete(sessions).where(sessions.c.user == name))
        append(connection, Wrote.ACCOUNT, act, {**told, "name": name})


def _found(connection: Connection, name: str) -> bool:
    return connection.execute(select(table.c.name).where(table.c.name == name)).first() is not None


def _deciding(role: Role) -> Role:
    if role not in (Role.REVIEWER, Role.ADMIN):
        raise InvalidInput("role", str(role), "must be reviewer or admin: rows are submitted by tokens")
    return Role(role)
