"""Where rows come from, and what is known of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, StrictBool

from amlsec.gate.http.answers import problems
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.http.values import Because, Body, LongText, Moment, Reason, SourceName
from amlsec.gate.records import Rollback, SourceRecord
from amlsec.register import Exposure, Labelling

router = APIRouter(tags=["sources"])


class About(Because):
    """A source, and why."""

    source: SourceName


class Registered(Body):
    """What the register says of a source (docs/sources.md); what is left out is as of a source nobody registered."""

    exposure: Exposure = Exposure.ANYONE
    authenticated: StrictBool = False
    labelled: Labelling = Labelling.USERS
    verified: Annotated[float, Field(ge=0, le=1, strict=True)] = 0.0
    about: Annotated[LongText, Field(max_length=2000)] = ""


class Registering(Body):
    """A source, what the register is to say of it, and why."""

    source: SourceName
    told: Registered
    reason: Reason | None = None


class Back(Because):
    """From when on a source is not to be trusted; a time without a zone is one in UTC."""

    source: SourceName
    since: Moment


@router.get("/sources", operation_id="sources")
def sources(gate: TheGate) -> list[SourceRecord]:
    """All sources, the most probably compromised first."""
    return gate.sources()


@router.get("/source", operation_id="source", responses=problems(404))
def source(gate: TheGate, name: SourceName) -> SourceRecord:
    """What is known of a source."""
    return gate.source(name)


@router.get("/source/risk", operation_id="risk", responses=problems(404))
def risk(gate: TheGate, name: SourceName) -> list[dict[str, Any]]:
    """A source's numbers over time, a judged submission at a time."""
    return gate.risk(name)


@router.post("/source/clear", operation_id="clear", responses=problems(404, 409))
def clear(gate: TheGate, person: Caller, about: About) -> SourceRecord:
    """Let a source that its sentinel holds begin anew."""
    return gate.clear(about.source, act=act(person, about.reason))


@router.put("/source/register", operation_id="register", responses=problems(404, 409))
def register(gate: TheGate, person: Caller, about: Registering) -> SourceRecord:
    """Say who can write to a source, how it is checked and labelled."""
    told = about.told.model_dump(mode="json", exclude_unset=True)
    return gate.register(about.source, told, act=act(person, about.reason or ""))


@router.post("/rollbacks", operation_id="rollback", status_code=201, responses=problems(404, 409))
def rollback(gate: TheGate, person: Caller, back: Back) -> Rollback:
    """Take back all that a source taught since a time; names the snapshots and models that hold some of it."""
    return gate.rollback(back.source, back.since, act=act(person, back.reason))
