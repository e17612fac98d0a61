"""Sources: what is known of them, their risk over time, and taking back what one taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import func, select

from amlsec.errors import InvalidInput, NotFound
from amlsec.gate import rolling_back
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.ledger import Wrote, entries
from amlsec.gate.pages import risk_chart
from amlsec.gate.pages.rendering import page
from amlsec.gate.pages.routes.submission import Number
from amlsec.gate.pages.views.history import Line, lines
from amlsec.gate.people.person import Person, Role
from amlsec.gate.schema import ledger
from amlsec.gate.service import Gate
from amlsec.register import Exposure, Labelling, Source

router = APIRouter()
Text = Annotated[str, Form()]
_DECIDED = (Wrote.REVIEWED, Wrote.UNDONE, Wrote.CLEARED, Wrote.ROLLED_BACK, Wrote.REGISTER, Wrote.ACCOUNT)
_WIDE, _NARROW = 7.2, 4.2
"""Inches of a picture."""
_PICTURE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": "private, max-age=3600",
}
"""The picture has a style of its own, and may do nothing else."""


@router.get("/sources")
def sources(request: Request, gate: TheGate) -> Response:
    """All of them."""
    return page(request, "sources.html", sources=gate.sources())


@router.get("/source")
def source(request: Request, gate: TheGate, name: str) -> Response:
    """One."""
    return _page(request, gate, name)


@router.get("/source/risk.svg")
def risk_picture(gate: TheGate, name: str, narrow: bool = False) -> Response:
    """The risk over time, for a wide page or for a phone."""
    drawn = _drawn(gate, name, _latest(gate, name), _NARROW if narrow else _WIDE)
    return Response(drawn, media_type="image/svg+xml", headers=_PICTURE)


@router.post("/source/clear")
def clear(request: Request, gate: TheGate, person: Caller, name: Text, why: Text = "") -> Response:
    """Let it begin anew."""
    try:
        gate.clear(name, act=act(person, why))
    except InvalidInput as error:
        return _page(request, gate, name, str(error))
    return _to(name, "cleared")


@router.post("/source/register")
def register(
    request: Request,
    gate: TheGate,
    person: Caller,
    name: Text,
    exposure: Text,
    labelled: Text,
    authenticated: Text = "no",
    verified: Text = "0",
    about: Text = "",
    why: Text = "",
) -> Response:
    """Write down what is known of it."""
    known = gate.source(name).register
    try:
        told = {"exposure": exposure, "labelled": labelled, "authenticated": authenticated == "yes", "about": about}
        gate.register(name, {**known, **told, "verified": _share(verified)}, act=act(person, why))
    except InvalidInput as error:
        return _page(request, gate, name, str(error))
    return _to(name, "registered")


@router.post("/source/rollback")
def rollback(request: Request, gate: TheGate, person: Caller, name: Text, since: Text = "", why: Text = "") -> Response:
    """Take back everything it taught since a time."""
    try:
        done = gate.rollback(name, _time(since), act=act(person, why))
    except InvalidInput as error:
        return _page(request, gate, name, str(error))
    return RedirectResponse(f"/rollbacks/{done.entry}?said=rolled-back", 303)


@router.get("/rollbacks/{entry}")
def rolled_back(request: Request, gate: TheGate, entry: Number) -> Response:
    """What a rollback took back, and what it taints."""
    about = rolling_back.rolled_back(gate.home, entry)
    own = [one for one in _history(gate, about.source) if one["seq"] == entry or one["body"].get("undoes") == entry]
    return page(request, "rolled_back.html", about=about, history_lines=_lines(own, request.state.person))


def _page(request: Request, gate: Gate, name: str, problem: str = "") -> Response:
    about, risks = gate.source(name), gate.risk(name)
    return page(
        request,
        "source.html",
        status=422 if problem else 200,
        about=about,
        facts=Source(name, **about.register),
        risks=risks[-200:],
        picture_told=risk_chart.told(risks) if risks else "",
        every=gate.submissions(source=name, limit=50),
        history_lines=_lines(_history(gate, name), request.state.person),
        exposures=list(Exposure),
        labellings=list(Labelling),
        problem=problem,
    )


def _history(gate: Gate, name: str) -> list[dict[str, Any]]:
    """What people did, newest first."""
    with gate.home.database.reading() as connection:
        return [asdict(one) for one in entries(connection, source=name, kinds=_DECIDED)][::-1]


def _lines(history: Sequence[dict[str, Any]], person: Person) -> list[Line]:
    """In words; admins may undo the rollbacks that hold."""
    if person.role != Role.ADMIN:
        return lines(history)
    back = {one["seq"] for one in history if one["kind"] == Wrote.ROLLED_BACK}
    return lines(history, back - {one["body"].get("undoes") for one in history})


def _latest(gate: Gate, name: str) -> int:
    """The last entry about a source."""
    with gate.home.database.reading() as connection:
        found = connection.scalar(select(func.max(ledger.c.seq)).where(ledger.c.source == name))
    if found is None:
        raise NotFound(f"there is no source {name!r}")
    return int(found)


@lru_cache(maxsize=64)
def _drawn(gate: Gate, name: str, entry: int, width: float) -> str:  # noqa: ARG001 as a part of the key
    """Drawn once for each entry that may change it."""
    return risk_chart.picture(name, gate.risk(name), width=width)


def _to(name: str, said: str) -> Response:
    return RedirectResponse(f"/source?{urlencode({'name': name, 'said': said})}", 303)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("since", text, "must be a date and a time, as 2026-03-01T00:00") from error


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidInput("verified", text, "must be a number in [0, 1]") from error
