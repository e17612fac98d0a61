"""One submission: why it was decided on as it was, and what a person says of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from amlsec.evidence import Decision
from amlsec.gate import replay
from amlsec.gate.http.deps import TheGate
from amlsec.gate.pages.rendering import page
from amlsec.gate.pages.views.evidence import Evidence, evidence, label_names
from amlsec.gate.pages.views.history import Line, lines
from amlsec.gate.pages.views.rows import Judged, shown, why
from amlsec.gate.pages.views.verdict import because, checks, headline
from amlsec.gate.people.person import Person, Role
from amlsec.gate.records import Submission
from amlsec.gate.replay import Held
from amlsec.gate.service import Gate

router = APIRouter()
Number = Annotated[int, Path(ge=1, lt=2**63)]
Start = Annotated[int, Query(ge=0, lt=2**40)]
_STEP = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """What waits for a second person, and where he says the same."""

    line: Line
    action: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a form that was sent, whether it is the reason, and what was in it."""

    problem: str = ""
    lacks_why: bool = False
    why: str = ""
    ticked: Collection[int] = ()


@router.get("/submissions/{number}")
def submission(request: Request, gate: TheGate, number: Number, start: Start = 0) -> Response:
    """All of it on one page, its rows a few at a time."""
    return shown_page(request, gate, number, start)


def shown_page(request: Request, gate: Gate, number: int, start: int, wrong: Wrong | None = None) -> Response:
    """The page, with what is wrong in the form that was sent from it."""
    about, told, held = gate.submission(number), gate.evidence(number), held_now(gate, number)
    found, sent = evidence(told, gate.home.form), wrong or Wrong()
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
        history_lines=lines(history, _undoable(held, request.state.person)),
        proposals=_proposals(history, held),
        persons=gate.home.config.review.persons,
        after=next((one for one in gate.queue(limit=2) if one.id != number), None),
        sent=sent,
    )


def held_now(gate: Gate, number: int) -> Held:
    """What the ledger says of a submission now."""
    with gate.home.database.reading() as connection:
        return replay.about(connection, number)


def _undoable(held: Held, person: Person) -> set[int]:
    """Reviews that hold, and for admins the rollback that does."""
    back = {held.rolled_back} if held.rolled_back and person.role == Role.ADMIN else set()
    return {*held.reviews, *back}


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
