"""One submission: why it was decided on as it was, and what a person says of it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from amlsec.errors import Conflict, InvalidInput
from amlsec.evidence import Decision
from amlsec.gate import decisions, replay
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.ledger import Wrote
from amlsec.gate.pages.rendering import page
from amlsec.gate.pages.views.evidence import Evidence, evidence, label_names
from amlsec.gate.pages.views.history import Line, lines
from amlsec.gate.pages.views.rows import Judged, shown, why
from amlsec.gate.pages.views.verdict import because, checks, headline
from amlsec.gate.records import Review, Submission
from amlsec.gate.replay import Held
from amlsec.gate.service import Gate

router = APIRouter()
Number = Annotated[int, Path(ge=1, lt=2**63)]
Start = Annotated[int, Query(ge=0, lt=2**40)]
_STEP = 20
_NO_REASON = "Say why: the ledger keeps it, and whoever looks at this later needs it."


@dataclass(frozen=True, slots=True)
class Proposal:
    """What waits for a second person, and where he says the same."""

    line: Line
    action: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a form that was sent, and what was in it."""

    problem: str
    why: str = ""
    ticked: Collection[int] = ()

    @property
    def of_why(self) -> str:
        """The problem, where it is that no reason was given."""
        return self.problem if self.problem == _NO_REASON else ""


@router.get("/submissions/{number}")
def submission(request: Request, gate: TheGate, number: Number, start: Start = 0) -> Response:
    """All of it on one page, its rows a few at a time."""
    return _page(request, gate, number, start)


@router.post("/submissions/{number}/review")
def review(
    request: Request,
    gate: TheGate,
    person: Caller,
    number: Number,
    why: Annotated[str, Form()] = "",
    decide: Annotated[str, Form()] = "",
    rows: Annotated[list[int], Form()] = [],  # noqa: B006 as FastAPI wants it
    seen: Annotated[int, Form()] = 0,
    confirms: Annotated[int, Form()] = 0,
) -> Response:
    """A decision, a proposal, or the second person's word on one."""
    held, problem = _held(gate, number), ""
    if not why.strip():
        problem = _NO_REASON
    elif decide.endswith("-ticked") and not rows:
        problem = "Tick at least one row, or decide on all that are held."
    if problem:
        return _page(request, gate, number, 0, Wrong(problem, why, rows))
    if confirms:
        decision, positions = _proposed(gate, held, confirms)
    else:
        _must_be_new(gate, number, seen)
        decision, positions = _chosen(gate, held, decide, rows)
    done = gate.review(number, decision, act=act(person, why), rows=positions)
    return RedirectResponse(f"/submissions/{number}?said={'decided' if done.effective else 'proposed'}", 303)


@router.post("/entries/{entry}/undo")
def undo(gate: TheGate, person: Caller, entry: Number, why: Annotated[str, Form()] = "") -> Response:
    """Take a review or a rollback back."""
    done = gate.undo(entry, act=act(person, why))
    if not isinstance(done, Review):
        return RedirectResponse(f"/rollbacks/{entry}?said=undone", 303)
    return RedirectResponse(f"/submissions/{done.submission}?said={'undone' if done.effective else 'undo-proposed'}", 303)


def _page(request: Request, gate: Gate, number: int, start: int, wrong: Wrong | None = None) -> Response:
    about, told, held = gate.submission(number), gate.evidence(number), _held(gate, number)
    found, sent = evidence(told, gate.home.form), wrong or Wrong("")
    rows, history = _rows(gate, about, start, found), gate.history(number)
    return page(
        request,
        "submission.html",
        status=422 if wrong else 200,
        about=about,
        headline=headline(about),
        because=because(told.get("checks", ())),
        checks=checks(told.get("checks", ())),
        evidence=found,
        is_text=bool(rows and rows[0].row.pieces),
        malicious=label_names(gate.home.form)[1],
        source=gate.source(about.source),
        rows=rows,
        start=start,
        step=_STEP,
        more=start + len(rows) < (about.quarantined or about.rows),
        history_lines=lines(history, _undoable(held)),
        proposals=_proposals(history, held),
        persons=gate.home.config.review.persons,
        after=next((one for one in gate.queue(limit=2) if one.id != number), None),
        problem=sent.problem,
        why_problem=sent.of_why,
        why=sent.why,
        ticked=set(sent.ticked),
    )


def _held(gate: Gate, number: int) -> Held:
    with gate.home.database.reading() as connection:
        return replay.about(connection, number)


def _undoable(held: Held) -> set[int]:
    return {*held.reviews, *([held.rolled_back] if held.rolled_back else [])}


def _rows(gate: Gate, about: Submission, start: int, found: Evidence) -> list[Judged]:
    only = Decision.QUARANTINE if about.quarantined else None
    table = gate.rows(about.id, start=start, limit=_STEP, decision=only)
    return [_row(one, gate, found) for one in table.to_pylist()]


def _row(told: dict[str, Any], gate: Gate, found: Evidence) -> Judged:
    form = gate.home.form
    position, (reason, screens) = told["position"], why(told.get("reason") or "")
    row = shown(told, form, {word.name for word in found.words})
    decision, p = told.get("decision") or "", told.get("p")
    return Judged(position, told[form.columns.target], decision, p, reason, screens, row, found.near.get(position, ()))


def _proposals(history: list[dict[str, Any]], held: Held) -> list[Proposal]:
    """What waits for a second person: he sends the same to where the first one did."""
    every = lines(one for one in history if one["seq"] in held.proposals)
    undone = {seq: said.undoes for seq, said in held.proposals.items()}
    review = f"/submissions/{held.id}/review"
    return [Proposal(one, f"/entries/{undone[one.seq]}/undo" if undone[one.seq] else review) for one in every]


def _proposed(gate: Gate, held: Held, entry: int) -> tuple[Decision, list[int] | None]:
    said = held.proposals.get(entry)
    if said is None or said.undoes:
        raise Conflict(f"entry {entry} is no proposal that waits: the rows were decided on otherwise meanwhile")
    return Decision[said.decision.upper()], None if said.rows is None else json.loads(gate.home.store.get(said.rows))


def _chosen(gate: Gate, held: Held, decide: str, ticked: list[int]) -> tuple[Decision, list[int] | None]:
    """What a button stands for: the decision, and the rows it is about; None is all of them."""
    name, _, which = decide.partition("-")
    if name not in ("accept", "reject") or which not in ("held", "ticked"):
        raise InvalidInput("decide", decide, "must be a button of the form")
    if which == "ticked":
        return Decision[name.upper()], ticked
    now = decisions.read(gate.home.store, held.decisions or "")
    positions = np.flatnonzero(now == Decision.QUARANTINE).tolist()
    return Decision[name.upper()], None if len(positions) == held.rows else positions


def _must_be_new(gate: Gate, number: int, seen: int) -> None:
    """Nobody decides on what he has not seen."""
    after = [one for one in gate.history(number) if one["seq"] > seen and one["kind"] != Wrote.SUBMITTED]
    if after:
        raise Conflict(f"entry {after[-1]['seq']} was written since you opened the page")
