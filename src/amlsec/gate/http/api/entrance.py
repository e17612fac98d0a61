"""Signing in: the one call of the API that needs nobody to be known."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from amlsec.gate.http.answers import Me
from amlsec.gate.http.signing_in import sign_in
from amlsec.gate.http.values import AccountName, Attempt, Body

router = APIRouter(tags=["session"])


class SigningIn(Body):
    """Name and password."""

    name: AccountName
    password: Attempt


@router.post("/session", operation_id="sign_in", status_code=201)
def begin(request: Request, response: Response, told: SigningIn) -> Me:
    """Sign in; the answer sets the session's cookie."""
    return Me.of(sign_in(request, response, told.name, told.password))
