"""What a handler asks for: the gate, who calls, and the act that the ledger will name."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from amlsec.gate.act import Act
from amlsec.gate.people.person import Person
from amlsec.gate.service import Gate


def gate(request: Request) -> Gate:
    """The gate that is served."""
    return cast(Gate, request.app.state.gate)


def signed_in(request: Request) -> Person:
    """Who calls; the guard let nobody come here whom the table of endpoints does not name."""
    return cast(Person, request.state.person)


def act(person: Person, why: str = "") -> Act:
    """What this person does now, and why."""
    return Act(person.who, why)


TheGate = Annotated[Gate, Depends(gate)]
Caller = Annotated[Person, Depends(signed_in)]
