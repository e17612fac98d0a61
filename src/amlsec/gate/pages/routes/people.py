"""Who may sign in, and which programs have a token: for admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from amlsec.errors import Conflict, InvalidInput
from amlsec.gate.act import Act, now
from amlsec.gate.home import Home
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.pages.rendering import page
from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import make_token, revoke_token, tokens
from amlsec.gate.people.users import add_user, disable_user, enable_user, set_role, users

router = APIRouter()
Text = Annotated[str, Form()]
_CHANGES: Mapping[str, Callable[[Home, str, Act], None]] = {
    "disable": lambda home, name, who: disable_user(home, name, act=who),
    "enable": lambda home, name, who: enable_user(home, name, act=who),
    "reviewer": lambda home, name, who: set_role(home, name, Role.REVIEWER, act=who),
    "admin": lambda home, name, who: set_role(home, name, Role.ADMIN, act=who),
}


@router.get("/people")
def people(request: Request, gate: TheGate) -> Response:
    """All accounts and tokens."""
    return _page(request, gate.home)


@router.post("/people/users")
def user_added(request: Request, gate: TheGate, person: Caller, name: Text, password: Text, role: Text) -> Response:
    """A new account."""
    try:
        add_user(gate.home, name, password, _role(role), act=act(person))
    except (InvalidInput, Conflict) as error:
        return _page(request, gate.home, str(error))
    return RedirectResponse("/people?said=user-added", 303)


@router.post("/people/users/change")
def user_changed(gate: TheGate, person: Caller, name: Text, change: Text) -> Response:
    """An account disabled or enabled, or another role."""
    if change not in _CHANGES:
        raise InvalidInput("change", change, f"must be one of {', '.join(_CHANGES)}")
    if name == person.name:
        raise Conflict("nobody changes his own account, or the last admin could lock all out")
    _CHANGES[change](gate.home, name, act(person))
    return RedirectResponse("/people?said=user-changed", 303)


@router.post("/people/tokens")
def token_made(
    request: Request, gate: TheGate, person: Caller, name: Text, role: Text, source: Text = "", days: Text = ""
) -> Response:
    """A new token, shown on the answer's page and never again."""
    try:
        expires = now() + timedelta(days=_days(days)) if days else None
        secret = make_token(gate.home, name, _role(role), source=source or None, expires=expires, act=act(person))
    except (InvalidInput, Conflict) as error:
        return _page(request, gate.home, str(error))
    return page(request, "token.html", name=name, role=role, source=source, secret=secret)


@router.post("/people/tokens/revoke")
def token_revoked(gate: TheGate, person: Caller, name: Text) -> Response:
    """A token that is good no more."""
    revoke_token(gate.home, name, act=act(person))
    return RedirectResponse("/people?said=token-revoked", 303)


def _page(request: Request, home: Home, problem: str = "") -> Response:
    found = {"users": users(home), "tokens": tokens(home)}
    return page(request, "people.html", status=422 if problem else 200, problem=problem, person_name="", **found)


def _role(name: str) -> Role:
    if name not in list(Role):
        raise InvalidInput("role", name, f"must be one of {', '.join(Role)}")
    return Role(name)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 3650:
        raise InvalidInput("days", text, "must be a whole number in 1..3650")
    return int(text)
