"""The same over HTTP on SQLite with a folder, and on PostgreSQL with S3."""

import json

import pytest

from amlsec.gate.database import Database
from gate.begun import blobs, settled
from gate.http.calling import PASSWORD, client_of, furnished, served
from gate.http.test_submissions import CSV, csv

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def place(gate_urls, tmp_path, quick_passwords):
    gate = furnished(tmp_path / "gate", urls=gate_urls)
    with client_of(gate) as client:
        yield served(gate, client)
    gate.close()


def test_served_on(place):
    _from_rows_to_a_snapshot(place)
    _text_that_no_database_keeps_is_refused(place)
    _a_database_that_is_away_is_said_to_be(place)


def _from_rows_to_a_snapshot(place):
    receipt = place.call("POST", "/api/v1/submissions", "submitter of desk", CSV, content=csv(blobs(20, seed=90))).json()
    settled(place.gate)
    own = place.call("GET", f"/api/v1/submissions/{receipt['submission']}", "submitter of desk").json()
    assert own["accepted"] + own["quarantined"] + own["rejected"] == 20
    me = place.call("POST", "/api/v1/session", "nobody", json={"name": "ada", "password": PASSWORD})
    session = {"Cookie": me.headers["set-cookie"].partition(";")[0], "X-CSRF-Token": me.json()["csrf"]}
    decided = {"decision": "accept", "reason": "seen, “fine” – Ümit 😀"}
    path = f"/api/v1/submissions/{receipt['submission']}/reviews"
    review = place.call("POST", path, "nobody", session, json=decided).json()
    assert review["accepted"] == 20
    snapshot = place.call("POST", "/api/v1/snapshots", "nobody", session).json()
    data = place.call("GET", f"/api/v1/snapshots/{snapshot['id']}/data", "nobody", session)
    assert data.status_code == 200
    assert place.call("POST", path, "submitter of web", json=decided).status_code == 403
    refused = place.call("GET", "/api/v1/refusals").json()
    assert [(one["who"], one["status"]) for one in refused] == [("token:web", 403)]
    assert place.call("POST", "/api/v1/ledger/verify").json()["faults"] == []


def _text_that_no_database_keeps_is_refused(place):
    """PostgreSQL keeps no NUL, and no database half a letter."""
    before = place.head()
    for text in ("nul\0", "\ud800", "x" * 100_000):
        for path, told in (
            ("/api/v1/entries/1/undo", {"reason": text}),
            ("/api/v1/users", {"name": text, "password": PASSWORD, "role": "admin"}),
            ("/api/v1/source/clear", {"source": text, "reason": "so"}),
            ("/api/v1/session", {"name": text, "password": text}),
        ):
            answer = place.call("POST", path, headers=JSON, content=json.dumps(told))
            assert answer.status_code == 422, answer.text
    assert place.head() == before


def _a_database_that_is_away_is_said_to_be(place):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.gate.home.database, "_engine", Database("postgresql://nobody@127.0.0.1:9/none")._engine)
        answer = place.call("GET", "/api/v1/queue")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
