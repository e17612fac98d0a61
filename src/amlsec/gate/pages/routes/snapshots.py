"""Snapshots of the training data, and the models trained on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from amlsec.errors import InvalidInput
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.pages.rendering import page
from amlsec.gate.pages.routes.submission import Number
from amlsec.gate.service import Gate

router = APIRouter()


@router.get("/snapshots")
def snapshots(request: Request, gate: TheGate) -> Response:
    """All of them, newest first, the tainted ones marked."""
    return _page(request, gate)


@router.post("/snapshots")
def snapshot(gate: TheGate, person: Caller, why: Annotated[str, Form()] = "") -> Response:
    """Make one of what holds now."""
    made = gate.snapshot(act=act(person, why))
    return RedirectResponse(f"/snapshots?said=snapshot#snapshot-{made.id}", 303)


@router.post("/snapshots/{number}/models")
def model(request: Request, gate: TheGate, person: Caller, number: Number, name: Annotated[str, Form()] = "") -> Response:
    """Note a model that was trained on one."""
    try:
        gate.model(number, name, act=act(person))
    except InvalidInput as error:
        return _page(request, gate, str(error))
    return RedirectResponse(f"/snapshots?said=model#snapshot-{number}", 303)


def _page(request: Request, gate: Gate, problem: str = "") -> Response:
    status = 422 if problem else 200
    return page(request, "snapshots.html", status=status, snapshots=gate.snapshots(), problem=problem)
