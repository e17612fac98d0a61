"""Rows handed in, what became of them, and what speaks against them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from starlette.exceptions import HTTPException

from amlsec.errors import NotFound
from amlsec.evidence import Decision
from amlsec.gate.http.answers import Progress, plain, problems
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.http.spooling import BODY, SpooledFile, ToldFormat
from amlsec.gate.http.values import Before, Key, Limit, Number, SourceName, Words
from amlsec.gate.ledger import Entry
from amlsec.gate.people.person import Person, Role
from amlsec.gate.records import Receipt, Submission

router = APIRouter(tags=["submissions"])
DECISIONS = {decision.name.lower(): decision for decision in Decision}


@router.post(
    "/submissions",
    operation_id="submit",
    status_code=202,
    responses={200: {"model": Receipt, "description": "these rows were there already"}, **problems(409, 415)},
    openapi_extra=BODY,
)
def submit(
    gate: TheGate,
    person: Caller,
    response: Response,
    file: SpooledFile,
    format: ToldFormat,
    source: Annotated[SourceName | None, Query(description="whose rows; a submitter's token names its own")] = None,
    key: Annotated[Key | None, Query(description="the same key once more gives the first receipt again")] = None,
    idempotency_key: Annotated[Key | None, Header(description="as `key`")] = None,
) -> Receipt:
    """Keep rows, to be judged; when the answer comes they are on the disk."""
    speaks, key = _speaks(person, source), key or idempotency_key
    receipt = gate.submit(file, speaks, act=act(person), key=key, format=format, called="the file")
    response.status_code = 202 if receipt.new else 200
    response.headers["Location"] = f"/api/v1/submissions/{receipt.submission}"
    return receipt


@router.get("/submissions", operation_id="submissions")
def submissions(
    gate: TheGate, source: SourceName | None = None, limit: Limit = 100, before: Before = None
) -> list[Submission]:
    """The latest submissions, newest first."""
    return gate.submissions(source=source, limit=limit, before=before)


@router.get("/queue", operation_id="queue")
def queue(gate: TheGate, limit: Limit = 100) -> list[Submission]:
    """Submissions with rows that wait for a person, most harmful first."""
    return gate.queue(limit=limit)


@router.get("/search", operation_id="search")
def search(gate: TheGate, words: Words, limit: Limit = 50) -> list[Submission]:
    """Submissions whose source, key, reasons or quarantined rows hold the words, newest first."""
    return gate.search(words, limit=limit)


@router.get("/submissions/{number}", operation_id="submission", responses=problems(404))
def submission(gate: TheGate, person: Caller, number: Number) -> Submission | Progress:
    """What holds of a submission; a submitter sees his own only, and of these no score."""
    found = gate.submission(number)
    if person.role != Role.SUBMITTER:
        return found
    if found.source != person.source:
        raise NotFound(f"there is no submission {number}")
    return Progress.of(found) if gate.home.config.server.verdicts else Progress.kept(found)


@router.get("/submissions/{number}/evidence", operation_id="evidence", responses=problems(404))
def evidence(gate: TheGate, number: Number) -> dict[str, Any]:
    """What speaks against a submission, for a person to check; empty until it is judged."""
    return gate.evidence(number)


@router.get("/submissions/{number}/rows", operation_id="rows", responses=problems(404))
def rows(
    gate: TheGate,
    number: Number,
    start: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    decision: Literal["accept", "quarantine", "reject"] | None = None,
) -> list[dict[str, Any]]:
    """Rows with what was decided of them, worst first; cells are cut after 10,000 characters, an export has them whole."""
    return plain(gate.rows(number, start=start, limit=limit, decision=DECISIONS[decision] if decision else None))


@router.get("/submissions/{number}/history", operation_id="history", responses=problems(404))
def history(gate: TheGate, number: Number) -> list[Entry]:
    """Every entry of the ledger about a submission, oldest first."""
    return [Entry(**entry) for entry in gate.history(number)]


def _speaks(person: Person, source: str | None) -> str:
    """For which source a caller hands in; a submitter only speaks as itself."""
    if person.source is None:
        if source is None:
            raise HTTPException(422, "name the source")
        return source
    if source not in (None, person.source):
        raise HTTPException(403, "this token speaks for another source")
    return person.source
