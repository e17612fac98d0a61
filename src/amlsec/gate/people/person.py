"""Who calls the gate, and in which role."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """What one may do: hand in rows of one source, decide on rows, or run the gate."""

    SUBMITTER = "submitter"
    REVIEWER = "reviewer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """Who calls: a person signed in (kind "user"), or a program ("token").

    Attributes
    ----------
    source : the one for which a submitter speaks; None of all others
    csrf : what forms of this session carry; "" of a program

    >>> Person("user", "ada", Role.REVIEWER).who
    'user:ada'
    """

    kind: Literal["user", "token"]
    name: str
    role: Role
    source: str | None = None
    csrf: str = field(default="", repr=False)

    @property
    def who(self) -> str:
        """As the ledger names it."""
        return f"{self.kind}:{self.name}"
