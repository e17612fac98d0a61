"""What a person says of a submission: a decision, a proposal, the second word on one, or that one no longer holds."""

from __future__ import annotations

import json
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from amlsec.errors import Conflict, InvalidInput
from amlsec.evidence import Decision
from amlsec.gate import decisions
from amlsec.gate.http import undoing
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.pages.routes.submission import Number, Wrong, held_now, shown_page
from amlsec.gate.records import Review
from amlsec.gate.replay import Held
from amlsec.gate.service import Gate

router = APIRouter()
Asked = tuple[Decision, list[int] | None]
"""A decision, and the rows it is about; None is all of them."""
_BUTTONS = {f"{name}-{rows}": Decision[name.upper()] for name in ("accept", "reject") for rows in ("held", "ticked")}


@router.post("/submissions/{number}/review")
def review(
    request: Request,
    gate: TheGate,
    person: Caller,
    number: Number,
    why: Annotated[str, Form()] = "",
    decide: Annotated[str, Form()] = "",
    rows: Annotated[list[int], Form()] = [],  # noqa: B006 as FastAPI wants it
    start: Annotated[int, Form(ge=0, lt=2**40)] = 0,
    seen: Annotated[int, Form()] = 0,
    confirms: Annotated[int, Form()] = 0,
) -> Response:
    """A decision or a proposal; with `confirms` the second person's word on one."""
    problem = _problem(why, decide, rows)
    if problem is not None:
        return shown_page(request, gate, number, start, Wrong(*problem, why, set(rows)))
    held = held_now(gate, number)
    decision, positions = _proposed(gate, held, confirms) if confirms else _chosen(gate, held, decide, rows, seen)
    done = gate.review(number, decision, act=act(person, why), rows=positions)
    return RedirectResponse(f"/submissions/{number}?said={'decided' if done.effective else 'proposed'}", 303)


@router.post("/entries/{entry}/undo")
def undo(gate: TheGate, person: Caller, entry: Number, why: Annotated[str, Form()] = "") -> Response:
    """Take a review or a rollback back."""
    done = undoing.undo(gate, person, entry, why)
    if not isinstance(done, Review):
        return RedirectResponse(f"/rollbacks/{entry}?said=undone", 303)
    return RedirectResponse(f"/submissions/{done.submission}?said={'undone' if done.effective else 'undo-proposed'}", 303)


def _problem(why: str, decide: str, rows: list[int]) -> tuple[str, bool] | None:
    """What is missing in the form, and whether it is the reason."""
    if not why.strip():
        return "Say why: the ledger keeps it, and whoever looks at this later needs it.", True
    if decide.endswith("-ticked") and not rows:
        return "Tick at least one row, or decide on all that are held.", False
    return None


def _proposed(gate: Gate, held: Held, entry: int) -> Asked:
    said = held.proposals.get(entry)
    if said is None or said.undoes:
        raise Conflict(f"entry {entry} is no proposal that waits: the rows were decided on otherwise meanwhile")
    return Decision[said.decision.upper()], None if said.rows is None else json.loads(gate.home.store.get(said.rows))


def _chosen(gate: Gate, held: Held, decide: str, ticked: list[int], seen: int) -> Asked:
    """What a button stands for; nobody decides on what he has not seen."""
    if decide not in _BUTTONS:
        raise InvalidInput("decide", decide, f"must be one of {', '.join(_BUTTONS)}")
    latest = gate.history(held.id)[-1]["seq"]
    if latest > seen:
        raise Conflict(f"entry {latest} was written since you opened the page")
    if decide.endswith("-ticked"):
        return _BUTTONS[decide], ticked
    now = decisions.read(gate.home.store, held.decisions or "")
    positions = np.flatnonzero(now == Decision.QUARANTINE).tolist()
    return _BUTTONS[decide], None if len(positions) == held.rows else positions
