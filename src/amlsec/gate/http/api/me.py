"""Who calls."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from amlsec.gate.http.answers import Me
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.http.signing_in import attempt, sign_out
from amlsec.gate.http.values import Attempt, Body, Password
from amlsec.gate.people import sessions, users

router = APIRouter(tags=["session"])


class NewPassword(Body):
    """One's password, and what it is to be."""

    old: Attempt
    new: Password


@router.get("/me", operation_id="me")
def me(person: Caller) -> Me:
    """Who calls, in which role."""
    return Me.of(person)


@router.delete("/session", operation_id="sign_out", status_code=204)
def end(request: Request, response: Response) -> None:
    """Sign out."""
    sign_out(request, response)


@router.put("/me/password", operation_id="change_password", status_code=204)
def change_password(gate: TheGate, person: Caller, request: Request, told: NewPassword) -> None:
    """Change one's own password; all one's sessions end."""
    with attempt(request):
        if person.kind != "user" or not sessions.is_password(gate.home, person.name, told.old):
            raise HTTPException(403, "that is not your password")
        users.set_password(gate.home, person.name, told.new, act=act(person))
