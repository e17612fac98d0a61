"""Accounts of people, and tokens of programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Path

from amlsec.gate.http.answers import problems
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.http.values import AccountName, Body, Moment, Password, SourceName
from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import Token, make_token, revoke_token, tokens
from amlsec.gate.people.users import User, add_user, disable_user, enable_user, set_password, set_role, users

router = APIRouter(tags=["people"])
Deciding = Literal[Role.REVIEWER, Role.ADMIN]
Name = Annotated[AccountName, Path(description="of an account or a token")]


class NewUser(Body):
    """A person who may sign in."""

    name: AccountName
    password: Password
    role: Deciding


class Secret(Body):
    """A password."""

    password: Password


class NewRole(Body):
    """A role."""

    role: Deciding


class NewToken(Body):
    """A program's token: a submitter's names its source, another's none; without `expires` it is good until revoked."""

    name: AccountName
    role: Role
    source: SourceName | None = None
    expires: Moment | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A token's secret, which is shown this once."""

    name: str
    token: str


@router.get("/users", operation_id="users")
def list_users(gate: TheGate) -> list[User]:
    """All accounts."""
    return users(gate.home)


@router.post("/users", operation_id="add_user", status_code=201, responses=problems(409))
def add(gate: TheGate, person: Caller, told: NewUser) -> User:
    """Let a person sign in."""
    add_user(gate.home, told.name, told.password, told.role, act=act(person))
    return User(told.name, told.role, False)


@router.put("/users/{name}/password", operation_id="set_password", status_code=204, responses=problems(404))
def password(gate: TheGate, person: Caller, name: Name, told: Secret) -> None:
    """Give a person another password."""
    set_password(gate.home, name, told.password, act=act(person))


@router.put("/users/{name}/role", operation_id="set_role", status_code=204, responses=problems(404))
def role(gate: TheGate, person: Caller, name: Name, told: NewRole) -> None:
    """Give a person another role."""
    set_role(gate.home, name, told.role, act=act(person))


@router.post("/users/{name}/disable", operation_id="disable_user", status_code=204, responses=problems(404))
def disable(gate: TheGate, person: Caller, name: Name) -> None:
    """Sign a person out, and let him in no more."""
    disable_user(gate.home, name, act=act(person))


@router.post("/users/{name}/enable", operation_id="enable_user", status_code=204, responses=problems(404))
def enable(gate: TheGate, person: Caller, name: Name) -> None:
    """Let a person in again."""
    enable_user(gate.home, name, act=act(person))


@router.get("/tokens", operation_id="tokens")
def list_tokens(gate: TheGate) -> list[Token]:
    """All tokens, without their secrets."""
    return tokens(gate.home)


@router.post("/tokens", operation_id="make_token", status_code=201, responses=problems(409))
def make(gate: TheGate, person: Caller, told: NewToken) -> Shown:
    """Make a token; it is shown this once."""
    secret = make_token(gate.home, told.name, told.role, act=act(person), source=told.source, expires=told.expires)
    return Shown(told.name, secret)


@router.delete("/tokens/{name}", operation_id="revoke_token", status_code=204, responses=problems(404))
def revoke(gate: TheGate, person: Caller, name: Name) -> None:
    """A token is good no more."""
    revoke_token(gate.home, name, act=act(person))
