"""What the server tells of itself: whether it lives, whether it is ready, and its numbers."""

import json
import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import make_token
from amlsec.gate.schema import jobs
from amlsec.gate.serving.logs import Lines
from amlsec.gate.serving.server import application
from gate import served
from gate.begun import ME, START, begun, blobs, flipped, on, settled
from gate.http.calling import TestClient

AS_IS = {"raise_server_exceptions": False, "follow_redirects": False}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("amlsec.gate.serving.server.app", served.application)


@pytest.fixture
def gate(tmp_path):
    made = begun(tmp_path / "gate")
    yield made
    made.close()


@pytest.fixture
def client(gate):
    """Calls as an admin's program."""
    secret = make_token(gate.home, "monitor", Role.ADMIN, act=ME)
    with TestClient(application(gate), headers={"Authorization": f"Bearer {secret}"}, **AS_IS) as client:
        yield client


def numbers(client):
    """Every sample of /metrics: name and labels to value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name.removeprefix("amlsec_gate_"), *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_numbers_are_those_of_the_gate(gate, client):
    assert numbers(client)["up",] == 1
    first = gate.submit(blobs(40, 1), "desk", act=on(0)).submission
    second = gate.submit(flipped(blobs(30, 2)), "web", act=on(1)).submission
    waiting = numbers(client)
    assert waiting["jobs_waiting",] == 2
    assert waiting["oldest_job_seconds",] > 0
    assert settled(gate) == 2
    found = [gate.submission(number) for number in (first, second)]
    after = numbers(client)
    assert after["jobs_waiting",] == 0
    for decision in ("accepted", "quarantined", "rejected"):
        assert after["rows", ("decision", decision)] == sum(getattr(one, decision) for one in found)
    assert after["queue",] == len(gate.queue())
    assert after["ledger_position",] == sum(1 for _ in gate.entries())
    assert after["verdict_seconds_count",] == 2
    assert after["verdict_seconds_sum",] == 86400  # judged at the start, but no entry is older than the one before it


def test_rolled_back_rows_count_as_nothing_else(gate, client):
    gate.submit(blobs(40, 1), "desk", act=on(0))
    settled(gate)
    gate.rollback("desk", START, act=on(2))
    after = numbers(client)
    assert after["rows", ("decision", "rolled back")] == 40
    assert [after["rows", ("decision", name)] for name in ("accepted", "quarantined", "rejected")] == [0, 0, 0]


def test_verdicts_take_as_long_as_from_receipt_to_judgement(gate, client):
    numbers(client)
    gate.submit(blobs(40, 1), "desk", act=on(0))
    gate.work("w", when=START + timedelta(seconds=7))
    after = numbers(client)
    assert after["verdict_seconds_sum",] == pytest.approx(7)
    assert after["verdict_seconds_bucket", ("le", "5.0")] == 0
    assert after["verdict_seconds_bucket", ("le", "10.0")] == 1
    assert numbers(client)["verdict_seconds_count",] == 1


def test_what_no_worker_can_judge_is_told(gate, client):
    gate.submit(blobs(40, 1), "desk", act=ME)
    with gate.home.database.writing() as connection:
        connection.execute(update(jobs).values(attempts=gate.home.config.engine.attempts))
    assert numbers(client)["jobs_stuck",] == 1


def test_calls_are_counted_by_endpoint_and_answer(gate, client):
    for _ in range(3):
        client.get("/queue")
    client.get("/nowhere/at/all")
    client.get("/metrics", headers={"Authorization": "Bearer amlsec_wrong"})
    after = numbers(client)
    assert after["calls_total", ("endpoint", "GET /queue"), ("status", "200")] == 3
    assert after["call_seconds_count", ("endpoint", "GET /queue")] == 3
    assert after["calls_total", ("endpoint", "(no such endpoint)"), ("status", "404")] == 1
    assert after["calls_total", ("endpoint", "GET /metrics"), ("status", "401")] == 1
    assert after["refusals_total", ("status", "401")] == 1


def test_metrics_are_not_for_everybody(gate, client):
    submitter = make_token(gate.home, "feed", Role.SUBMITTER, act=ME, source="feed")
    assert client.get("/metrics", headers={"Authorization": ""}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Bearer {submitter}"}).status_code == 403


def test_anybody_may_ask_whether_it_lives_and_is_ready(client):
    nobody = {"Authorization": ""}
    assert client.get("/health", headers=nobody).json() == {"status": "alive"}
    answer = client.get("/ready", headers=nobody)
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ready", "objects": "ready"})


@pytest.mark.parametrize(("alive", "status"), [(0, 503), (1, 200)])
def test_a_server_without_its_workers_is_not_ready(gate, alive, status):
    with TestClient(application(gate, SimpleNamespace(count=2, alive=alive))) as client:
        answer = client.get("/ready")
    assert answer.status_code == status
    assert answer.json()["workers"] == ("ready" if alive else "none runs")


@pytest.mark.system
def test_a_database_that_goes_away_and_comes_back(tmp_path, private_postgres):
    gate = begun(tmp_path / "gate", database=private_postgres.database())
    secret = make_token(gate.home, "monitor", Role.ADMIN, act=ME)
    with TestClient(application(gate), headers={"Authorization": f"Bearer {secret}"}, **AS_IS) as client:
        assert client.get("/ready").status_code == 200
        private_postgres.stop()
        away = client.get("/ready")
        assert (away.status_code, away.json()["database"], away.json()["objects"]) == (503, "away", "ready")
        assert client.get("/health").status_code == 200
        assert client.get("/metrics").status_code == 503  # who asks cannot be known
        private_postgres.start()
        assert client.get("/ready").status_code == 200
        assert numbers(client)["up",] == 1
    gate.close()


def test_without_its_objects_it_is_not_ready(gate, client):
    (gate.home.folder / "objects").rename(gate.home.folder / "gone")
    (gate.home.folder / "objects").write_text("no folder")
    away = client.get("/ready")
    assert (away.status_code, away.json()["objects"]) == (503, "away")


def test_every_call_is_a_line_with_its_id_and_who_made_it(client, caplog):
    caplog.set_level(logging.INFO, "amlsec.gate")
    own = client.get("/submissions/1?words=secret", headers={"X-Request-ID": "job-7.a"})
    other = client.get("/health", headers={"X-Request-ID": "two\twords" + "x" * 99})
    lines = [json.loads(Lines().format(record)) for record in caplog.records if record.getMessage() == "call"]
    assert own.headers["X-Request-ID"] == "job-7.a"
    assert len(other.headers["X-Request-ID"]) == 32
    assert [(line["endpoint"], line["status"], line["who"]) for line in lines] == [
        ("GET /submissions/{number}", 404, "token:monitor"),
        ("GET /health", 200, None),
    ]
    assert "secret" not in json.dumps(lines)


def test_an_error_that_nobody_foresaw_is_one_answer_with_its_id(gate, client, caplog, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("row 9: win cash now")

    monkeypatch.setattr("amlsec.gate.service.Gate.queue", broken)
    answer = client.get("/api/v1/queue")
    lines = [json.loads(Lines().format(record)) for record in caplog.records]
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"]
    assert "cash" not in answer.text + json.dumps(lines)
    assert any(line.get("error") == "RuntimeError" for line in lines)
    assert numbers(client)["calls_total", ("endpoint", "GET /api/v1/queue"), ("status", "500")] == 1
