"""What the gate judges by: its policy, its trusted rows, its protected rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from amlsec.errors import NotFound
from amlsec.gate.http.answers import Written, problems
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.http.spooling import BODY, SpooledFile, ToldFormat
from amlsec.gate.http.values import Because, LongText, Why
from amlsec.gate.in_force import InForce
from amlsec.gate.ledger import Entry
from amlsec.gate.policy import DEFAULT
from amlsec.gate.service import Gate

router = APIRouter(tags=["policy"])


@dataclass(frozen=True, slots=True)
class InPolicy:
    """The policy in force, as TOML, and who set it when and why."""

    entry: int
    time: str
    who: str
    why: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class TrustedRows:
    """The trusted rows in force, or the protected ones: how many, their digest, and who named them when and why."""

    entry: int
    time: str
    who: str
    why: str
    rows: int
    digest: str


class Policy(Because):
    """Another policy, as TOML."""

    text: Annotated[LongText, Field(max_length=200_000, examples=[DEFAULT])]


@router.get("/policy", operation_id="policy")
def policy(gate: TheGate) -> InPolicy:
    """What a row must pass now."""
    found = _in_force(gate).policy
    text = gate.home.store.get(found.body["text"]).decode()
    return InPolicy(found.seq, found.time, found.who, found.why, found.body["rule"], text)


@router.put("/policy", operation_id="set_policy", responses=problems(409))
def set_policy(gate: TheGate, person: Caller, policy: Policy) -> Written:
    """Judge by another policy from now on; nothing changes where it cannot be."""
    return Written(gate.set_policy(policy.text, act=act(person, policy.reason)))


@router.get("/root", operation_id="root")
def root(gate: TheGate) -> TrustedRows:
    """How many rows are trusted now, and since when."""
    return _told(_in_force(gate).root)


@router.put("/root", operation_id="rotate_root", responses=problems(409, 415), openapi_extra=BODY)
def rotate_root(gate: TheGate, person: Caller, file: SpooledFile, format: ToldFormat, reason: Why) -> Written:
    """Trust these rows from now on, in place of the former ones."""
    return Written(gate.rotate_root(file, act=act(person, reason), format=format, called="the file"))


@router.get("/protected", operation_id="protected", responses=problems(404))
def protected(gate: TheGate) -> TrustedRows:
    """How many rows must stay right, and since when."""
    found = _in_force(gate).protected
    if found is None:
        raise NotFound("no rows are protected")
    return _told(found)


@router.put("/protected", operation_id="protect", responses=problems(409, 415), openapi_extra=BODY)
def protect(gate: TheGate, person: Caller, file: SpooledFile, format: ToldFormat, reason: Why) -> Written:
    """Hold back what would turn any of these rows wrong, in place of those before."""
    return Written(gate.protect(file, act=act(person, reason), format=format, called="the file"))


def _in_force(gate: Gate) -> InForce:
    with gate.home.database.reading() as connection:
        return InForce.at(connection)


def _told(entry: Entry) -> TrustedRows:
    return TrustedRows(entry.seq, entry.time, entry.who, entry.why, entry.body["rows"], entry.body["digest"])
