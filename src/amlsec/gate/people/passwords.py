"""Passwords, kept as argon2id hashes."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from amlsec.errors import InvalidInput
from amlsec.gate.people import hidden

SHORTEST, LONGEST = 12, 1000
"""Characters of a password."""
HASHER = PasswordHasher()
"""argon2id by the library's present defaults."""


def hashed(password: str) -> str:
    """The hash to keep; raises InvalidInput, which does not repeat it, where a password is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput("password", f"{len(password)} characters", f"must be {SHORTEST} to {LONGEST} characters long")
    return HASHER.hash(_plain(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password that was kept; where none was, the answer is no and takes as long."""
    try:
        HASHER.verify(kept or _nobodys(HASHER), _plain(password[: LONGEST + 1]))
    except VerifyMismatchError:
        return False
    return kept is not None


def _plain(password: str) -> bytes:
    """The same bytes, however a keyboard composes letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _nobodys(hasher: PasswordHasher) -> str:
    return hasher.hash(hidden.fresh())
