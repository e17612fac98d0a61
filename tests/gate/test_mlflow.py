"""A run says what it was trained on, the ledger says which run was, and a rollback finds it."""

import json

import pytest

from amlsec.errors import InvalidInput, NotFound
from amlsec.gate.mlflow import log_snapshot
from gate.begun import START, begun, blobs, on, settled
from tracked_runs import artifacts, run_of, runs  # noqa: F401


@pytest.fixture
def gate(tmp_path):
    made = begun(tmp_path / "gate")
    made.submit(blobs(40, 1), "desk", act=on(1))
    settled(made)
    yield made
    made.close()


def test_a_run_knows_its_data_and_a_rollback_knows_the_run(gate, runs, tmp_path):  # noqa: F811
    snapshot = gate.snapshot(act=on(2))
    with runs.start_run() as run:
        entry = log_snapshot(gate, snapshot.id, act=on(3))
    found = run_of(runs, run)
    told = json.loads(gate.home.store.get(snapshot.manifest))
    assert found.data.params == {
        "gate.snapshot": str(snapshot.id),
        "gate.data": snapshot.data,
        "gate.position": str(snapshot.position),
        "gate.head": told["head"],
    }
    learned = gate.source("desk").learned
    assert found.data.metrics == {
        "gate.rows": snapshot.rows,
        "gate.sources": 1,
        "gate.largest_share": pytest.approx(learned / snapshot.rows),
    }
    [used] = found.inputs.dataset_inputs
    assert snapshot.data.startswith(used.dataset.digest)
    assert json.loads(used.dataset.source)["tags"]["amlsec.gate.data"] == snapshot.data
    kept = artifacts(runs, run, "gate", tmp_path)
    assert json.loads((kept / "manifest.json").read_text()) == told
    assert {entry["seq"]: entry["kind"] for entry in gate.entries()}[entry] == "model"
    back = gate.rollback("desk", START, act=on(4))
    assert back.tainted[0].models == (f"mlflow:{run.info.run_id}",)


def test_nothing_is_noted_without_a_run_or_a_snapshot(gate, runs):  # noqa: F811
    snapshot = gate.snapshot(act=on(2))
    before = len(list(gate.entries()))
    with pytest.raises(InvalidInput, match="must be active"):
        log_snapshot(gate, snapshot.id)
    with runs.start_run(), pytest.raises(NotFound):
        log_snapshot(gate, 999)
    assert len(list(gate.entries())) == before
