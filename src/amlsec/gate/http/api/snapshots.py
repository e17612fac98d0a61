"""Training data as the ledger had it, and models trained on it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from amlsec.gate.croissant import croissant
from amlsec.gate.http.answers import Written, a_file, download, problems
from amlsec.gate.http.deps import Caller, TheGate, act
from amlsec.gate.http.values import Body, ModelName, Number
from amlsec.gate.records import Snapshot
from amlsec.gate.service import Gate
from amlsec.gate.snapshots import DATA, one

router = APIRouter(tags=["snapshots"])
PARQUET = "application/vnd.apache.parquet"


class Model(Body):
    """What a model is called."""

    name: ModelName


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


@router.get(
    "/snapshots/{number}/data", operation_id="snapshot_data", response_class=StreamingResponse, responses=a_file(PARQUET)
)
def data(gate: TheGate, number: Number) -> StreamingResponse:
    """The rows, as Parquet; the same bytes whenever they are asked for."""
    return download(gate.home.store, _found(gate, number).data, PARQUET, DATA)


@router.get("/snapshots/{number}/manifest", operation_id="snapshot_manifest", responses=problems(404))
def manifest(gate: TheGate, number: Number) -> dict[str, Any]:
    """Of which rows it is made, with the hash of its data."""
    return _manifest(gate, number)


@router.get("/snapshots/{number}/croissant", operation_id="snapshot_croissant", responses=problems(404))
def described(gate: TheGate, number: Number) -> dict[str, Any]:
    """Its MLCommons Croissant description (JSON-LD)."""
    return croissant(gate.home.form, _manifest(gate, number), DATA)


def _found(gate: Gate, number: int) -> Snapshot:
    with gate.home.database.reading() as connection:
        return one(connection, number)


def _manifest(gate: Gate, number: int) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(gate.home.store.get(_found(gate, number).manifest))
    return told
