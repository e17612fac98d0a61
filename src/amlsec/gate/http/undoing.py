"""Who may take what back."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from amlsec.gate.http.deps import act
from amlsec.gate.ledger import Wrote, entry
from amlsec.gate.people.person import Person, Role
from amlsec.gate.records import Review, Rollback
from amlsec.gate.service import Gate


def undo(gate: Gate, person: Person, number: int, why: str) -> Review | Rollback:
    """Take an entry back by a new one.

    Raises HTTPException with 403 where a reviewer would take back a rollback: admins make them, so admins undo them.
    """
    with gate.home.database.reading() as connection:
        kind = entry(connection, number).kind
    if kind == Wrote.ROLLED_BACK and person.role != Role.ADMIN:
        raise HTTPException(403, f"entry {number} is a rollback: only an admin takes it back")
    return gate.undo(number, act=act(person, why))
