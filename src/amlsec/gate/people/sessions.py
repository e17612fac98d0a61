"""Who is signed in: a secret in a cookie, kept as its hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select

from amlsec.gate.act import as_text
from amlsec.gate.home import Home
from amlsec.gate.people import hidden, passwords
from amlsec.gate.people.person import Person, Role
from amlsec.gate.people.users import is_name
from amlsec.gate.schema import sessions, users


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in: the cookie's secret, for whom, and for how many seconds it is good."""

    secret: str = field(repr=False)
    person: Person
    seconds: int


def begin(home: Home, name: str, password: str, when: datetime) -> Session | None:
    """Sign in; None, after the same time, for an unknown name, a wrong password and a disabled account alike."""
    row = _account(home, name, password)
    if row is None:
        return None
    lasts = timedelta(hours=home.config.server.session)
    secret, csrf = hidden.fresh(), secrets.token_hex(hidden.BYTES)
    told = {"hash": hidden.hashed(secret), "user": row.name, "csrf": csrf, "expires": as_text(when + lasts)}
    with home.database.writing() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires <= as_text(when)))
        if connection.execute(select(users).where(users.c.name == row.name)).first() != row:
            return None  # the account was changed while the password was checked, which ended all sessions
        connection.execute(insert(sessions).values(**told))
    return Session(secret, Person("user", row.name, Role(row.role), csrf=csrf), int(lasts.total_seconds()))


def is_password(home: Home, name: str, password: str) -> bool:
    """Whether a person, who is not disabled, has this password."""
    return _account(home, name, password) is not None


def signed_in(home: Home, secret: str, when: datetime) -> Person | None:
    """Who signed in and was given this secret; None where nobody did, or it is over."""
    kept = hidden.hashed(secret)
    columns = (sessions.c.hash, sessions.c.csrf, sessions.c.expires, users.c.name, users.c.role, users.c.disabled)
    with home.database.reading() as connection:
        query = select(*columns).join(users, users.c.name == sessions.c.user).where(sessions.c.hash == kept)
        row = connection.execute(query).first()
    if row is None or not hidden.same(kept, row.hash) or row.disabled or row.expires <= as_text(when):
        return None
    return Person("user", row.name, Role(row.role), csrf=row.csrf)


def end(home: Home, secret: str) -> None:
    """Sign out."""
    with home.database.writing() as connection:
        connection.execute(delete(sessions).where(sessions.c.hash == hidden.hashed(secret)))


def _account(home: Home, name: str, password: str) -> Row[Any] | None:
    """A person's row, if it is his password; an unknown name takes as long as a wrong password."""
    name = name if is_name(name) else ""  # a database may refuse to look for other text
    with home.database.reading() as connection:
        row = connection.execute(select(users).where(users.c.name == name)).first()
    matches = passwords.matches(row.password if row else None, password)
    return row if row is not None and matches and not row.disabled else None
