"""Training data as the ledger had it, and models trained on it."""

from __future__ import annotations

from fastapi import APIRouter

from amlsec.gate.http.answers import Written, problems
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.http.values import Body, Named, Number
from amlsec.gate.records import Snapshot

router = APIRouter(tags=["snapshots"])


class Model(Body):
    """What a model is called."""

    name: Named


@router.get("/snapshots", operation_id="snapshots")
def snapshots(gate: TheGate) -> list[Snapshot]:
    """All snapshots, newest first, and how many rows of each were rolled back since."""
    return gate.snapshots()


@router.post("/snapshots", operation_id="snapshot", status_code=201, responses=problems(409))
def snapshot(gate: TheGate, person: Caller) -> Snapshot:
    """Training data as the ledger has it now."""
    return gate.snapshot(act=act(person))


@router.post("/snapshots/{number}/models", operation_id="model", status_code=201, responses=problems(404, 409))
def model(gate: TheGate, person: Caller, number: Number, named: Model) -> Written:
    """Note that a model was trained on a snapshot, so that a rollback names it."""
    return Written(gate.model(number, named.name, act=act(person)))
