"""What people decide."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, StrictInt

from amlsec.gate.http import undoing
from amlsec.gate.http.answers import problems
from amlsec.gate.http.api.submissions import DECISIONS
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.http.values import LARGEST, Because, Number
from amlsec.gate.records import Review, Rollback

router = APIRouter(tags=["review"])
Position = Annotated[StrictInt, Field(ge=0, le=LARGEST)]


class Decided(Because):
    """A decision, on all rows or on some (a split); the reason is written down."""

    decision: Literal["accept", "reject"]
    rows: list[Position] | None = Field(default=None, min_length=1, description="positions")


@router.post("/submissions/{number}/reviews", operation_id="review", status_code=201, responses=problems(404, 409))
def review(gate: TheGate, person: Caller, number: Number, decided: Decided) -> Review:
    """Decide on a submission; where two people must agree, the first only proposes."""
    return gate.review(number, DECISIONS[decided.decision], act=act(person, decided.reason), rows=decided.rows)


@router.post("/entries/{number}/undo", operation_id="undo", status_code=201, responses=problems(404, 409))
def undo(gate: TheGate, person: Caller, number: Number, because: Because) -> Review | Rollback:
    """Take back a review, or as an admin a rollback, by a new entry."""
    return undoing.undo(gate, person, number, because.reason)
