"""Every verb of the gate over HTTP says and does what it does in Python."""

import io
import json
from dataclasses import asdict
from hashlib import sha256

import pytest
from pyarrow import parquet

from gate.begun import blobs, on, settled
from gate.http.calling import CAPPED
from gate.http.test_submissions import as_parquet

ADMIN, REVIEWER = "admin", "reviewer"


@pytest.fixture(scope="module")
def held(place):
    """A submission of which rows wait for a person."""
    number = place.gate.submit(blobs(40, seed=70), "turned", act=on(0)).submission
    settled(place.gate)
    assert place.gate.submission(number).quarantined
    return number


def as_json(value):
    return json.loads(json.dumps(asdict(value)))


def api(place, method, path, who=REVIEWER, status=200, **told):
    answer = place.call(method, f"/api/v1{path}", who, **told)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_submissions_queue_and_search(place, held):
    assert api(place, "GET", "/submissions?source=turned") == [as_json(place.gate.submission(held))]
    assert api(place, "GET", f"/submissions?limit=1&before={held}")[0]["id"] < held
    assert held in [one["id"] for one in api(place, "GET", "/queue")]
    assert [one["id"] for one in api(place, "GET", "/search?words=turned")] == [held]
    assert api(place, "GET", f"/submissions/{held}") == as_json(place.gate.submission(held))


def test_evidence_rows_and_history(place, held):
    assert api(place, "GET", f"/submissions/{held}/evidence") == place.gate.evidence(held)
    rows = api(place, "GET", f"/submissions/{held}/rows?limit=5&decision=quarantine")
    assert [row["position"] for row in rows] == place.gate.rows(held, limit=200)["position"].to_pylist()[:5]
    assert {row["decision"] for row in rows} == {"quarantine"}
    history = api(place, "GET", f"/submissions/{held}/history")
    assert [entry["kind"] for entry in history] == ["submitted", "judged"]
    assert history == json.loads(json.dumps(place.gate.history(held)))


def test_a_review_is_undone_by_a_new_entry(place):
    number = place.gate.submit(blobs(40, seed=71), "undone", act=on(0)).submission
    settled(place.gate)
    before = place.gate.submission(number)
    position = api(place, "GET", f"/submissions/{number}/rows?limit=1&decision=quarantine")[0]["position"]
    split = {"decision": "reject", "reason": "a duplicate", "rows": [position]}
    review = api(place, "POST", f"/submissions/{number}/reviews", status=201, json=split)
    assert review["effective"]
    assert review["rejected"] == before.rejected + 1
    undone = api(place, "POST", f"/entries/{review['entry']}/undo", status=201, json={"reason": "a slip"})
    assert undone["rejected"] == before.rejected
    assert place.gate.submission(number) == before
    last = place.gate.history(number)[-1]
    assert (last["who"], last["why"]) == ("user:ada", "a slip")
    api(place, "POST", f"/entries/{review['entry']}/undo", status=409, json={"reason": "again"})


@pytest.mark.parametrize(
    "told",
    [
        {"decision": "accept"},
        {"decision": "accept", "reason": ""},
        {"decision": "accept", "reason": " \t"},
        {"decision": "accept", "reason": "x" * 2001},
        {"decision": "quarantine", "reason": "so"},
        {"decision": "accept", "reason": "so", "rows": []},
        {"decision": "accept", "reason": "so", "rows": [-1]},
        {"decision": "accept", "reason": "so", "rows": [10**6]},
        {"decision": "accept", "reason": "so", "rows": [True]},
        {"decision": "accept", "reason": "so", "rows": ["1; drop table"]},
        {"decision": "accept", "reason": "so", "who": "user:root"},
        {"decision": "accept", "reason": "so\0"},
        [],
    ],
)
def test_a_review_that_breaks_a_rule_changes_nothing(place, held, told):
    before = place.head()
    problem = api(place, "POST", f"/submissions/{held}/reviews", status=422, json=told)
    assert {"error", "argument", "rule"} <= set(problem)
    assert place.head() == before


def test_sources_and_their_register(place, held):
    assert api(place, "GET", "/sources") == [as_json(one) for one in place.gate.sources()]
    assert api(place, "GET", "/source?name=turned") == as_json(place.gate.source("turned"))
    assert api(place, "GET", "/source/risk?name=turned") == json.loads(json.dumps(place.gate.risk("turned")))
    before = place.gate.source("turned").likelihood
    told = {"exposure": "staff", "authenticated": True, "verified": 0.5}
    record = api(place, "PUT", "/source/register", ADMIN, json={"source": "turned", "told": told, "reason": "they moved in"})
    assert record["likelihood"][0] < before[0]
    assert {name: record["register"][name] for name in told} == told
    api(place, "PUT", "/source/register", ADMIN, 422, json={"source": "turned", "told": {"verified": 2}})
    api(place, "POST", "/source/clear", status=404, json={"source": "none", "reason": "so"})


def test_a_rollback_names_what_it_taints(place):
    place.gate.submit(blobs(40, seed=72), "since bad", act=on(0))
    settled(place.gate)
    snapshot = api(place, "POST", "/snapshots", status=201)
    model = api(place, "POST", f"/snapshots/{snapshot['id']}/models", status=201, json={"name": "spam 7"})
    assert model["entry"] == place.head()
    back = {"source": "since bad", "since": "2025-12-01T00:00:00+01:00", "reason": "they were robbed"}
    rollback = api(place, "POST", "/rollbacks", ADMIN, 201, json=back)
    assert rollback["since"].startswith("2025-11-30T23:00")
    assert [(one["id"], one["models"]) for one in rollback["tainted"]] == [(snapshot["id"], ["spam 7"])]
    assert rollback["snapshot"]["rows"] == snapshot["rows"] - rollback["rows"]
    assert api(place, "GET", "/snapshots") == [as_json(one) for one in place.gate.snapshots()]
    mistake = {"json": {"reason": "they were not"}}
    api(place, "POST", f"/entries/{rollback['entry']}/undo", REVIEWER, 403, **mistake)
    undone = api(place, "POST", f"/entries/{rollback['entry']}/undo", ADMIN, 201, **mistake)
    assert undone["snapshot"]["rows"] == snapshot["rows"]


def test_a_snapshot_is_downloaded_as_it_is(place, tmp_path):
    snapshot = place.gate.snapshot(act=on(0))
    data, manifest, croissant = (
        place.call("GET", f"/api/v1/snapshots/{snapshot.id}/{part}", REVIEWER) for part in ("data", "manifest", "croissant")
    )
    assert sha256(data.content).hexdigest() == snapshot.data
    assert len(parquet.read_table(io.BytesIO(data.content))) == snapshot.rows
    assert data.headers["Content-Disposition"] == 'attachment; filename="data.parquet"'
    saved = [path.read_bytes() for path in place.gate.save(snapshot.id, tmp_path)]
    assert data.content == saved[0]
    assert [manifest.json(), croissant.json()] == [json.loads(text) for text in saved[1:]]
    for part in ("data", "manifest", "croissant"):
        api(place, "GET", f"/snapshots/999999/{part}", status=404)


def test_rows_are_written_out_whole(place, held, tmp_path):
    for format in ("csv", "jsonl", "parquet"):
        answer = place.call("GET", f"/api/v1/submissions/{held}/export?format={format}", REVIEWER)
        place.gate.export_rows(held, tmp_path / "rows", format)
        assert answer.content == (tmp_path / "rows").read_bytes()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="submission-{held}.{format}"'
        (tmp_path / "rows").unlink()
    waiting = place.call("GET", "/api/v1/quarantine/export?format=jsonl", REVIEWER).text.splitlines()
    assert len(waiting) == sum(one.quarantined for one in place.gate.queue())
    assert {json.loads(line)["decision"] for line in waiting} == {"quarantine"}
    api(place, "GET", "/submissions/999999/export", status=404)
    api(place, "GET", "/quarantine/export?format=xlsx", status=422)


def test_policy_root_and_protected_rows(place):
    assert api(place, "GET", "/policy")["text"] == CAPPED
    other = CAPPED.replace("floor = 30", "floor = 31")
    entry = api(place, "PUT", "/policy", ADMIN, json={"text": other, "reason": "a trial"})["entry"]
    now = api(place, "GET", "/policy")
    assert (now["entry"], now["text"], now["who"], now["why"]) == (entry, other, "user:root", "a trial")
    problem = api(place, "PUT", "/policy", ADMIN, 422, json={"text": other + "most = 3", "reason": "so"})
    assert "rates.most" in problem["error"]
    api(place, "PUT", "/policy", ADMIN, json={"text": CAPPED, "reason": "as before"})
    root = api(place, "GET", "/root")
    assert root["rows"] == 400
    api(place, "GET", "/protected", status=404)
    rows = as_parquet(blobs(20, seed=1000))
    file = {"content": rows, "headers": {"Content-Type": "application/vnd.apache.parquet"}}
    api(place, "PUT", "/protected", ADMIN, 422, **file)
    api(place, "PUT", "/protected?reason=VIP", ADMIN, **file)
    assert api(place, "GET", "/protected")["rows"] == 20
    file["content"] = as_parquet(blobs(500, seed=1001))
    entry = api(place, "PUT", "/root?reason=a+new+year", ADMIN, **file)["entry"]
    now = api(place, "GET", "/root")
    assert (now["entry"], now["rows"], now["why"]) == (entry, 500, "a new year")


def test_the_ledger_by_pages_and_whole(place):
    whole = json.loads(json.dumps(list(place.gate.entries())))
    assert api(place, "GET", "/ledger?after=2&limit=3") == whole[2:5]
    assert api(place, "GET", f"/ledger?after={place.head()}") == []
    answer = place.call("GET", "/api/v1/ledger/export", REVIEWER)
    assert [json.loads(line) for line in answer.text.splitlines()] == whole
    verified = api(place, "POST", "/ledger/verify", ADMIN)
    assert verified["faults"] == []
    assert verified["entries"] == place.head()
    assert api(place, "GET", "/checkpoints") == []


def test_accounts_and_tokens(place):
    new = {"name": "new", "password": "correct horse battery", "role": "reviewer"}
    assert api(place, "POST", "/users", ADMIN, 201, json=new) == {"name": "new", "role": "reviewer", "disabled": False}
    api(place, "POST", "/users", ADMIN, 409, json=new)
    api(place, "PUT", "/users/new/role", ADMIN, 204, json={"role": "admin"})
    api(place, "POST", "/users/new/disable", ADMIN, 204)
    assert {"name": "new", "role": "admin", "disabled": True} in api(place, "GET", "/users", ADMIN)
    api(place, "POST", "/users/new/enable", ADMIN, 204)
    api(place, "PUT", "/users/new/password", ADMIN, 204, json={"password": "battery staple horse"})
    told = {"name": "nightly", "role": "submitter", "source": "night", "expires": "2999-01-01T00:00:00Z"}
    secret = api(place, "POST", "/tokens", ADMIN, 201, json=told)["token"]
    own = {"Authorization": f"Bearer {secret}"}
    me = place.call("GET", "/api/v1/me", "nobody", own).json()
    assert me == {"kind": "token", "name": "nightly", "role": "submitter", "source": "night", "csrf": ""}
    shown = api(place, "GET", "/tokens", ADMIN)
    assert secret not in str(shown)
    assert {**told, "expires": "2999-01-01T00:00:00.000000+00:00", "revoked": False} in shown
    api(place, "DELETE", "/tokens/nightly", ADMIN, 204)
    assert place.call("GET", "/api/v1/me", "nobody", own).status_code == 401


@pytest.mark.parametrize(
    "expires", ["2020-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon"]
)
def test_a_token_ends_at_a_time_to_come(place, expires):
    api(place, "POST", "/tokens", ADMIN, 422, json={"name": "odd", "role": "admin", "expires": expires})


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"reason": "\\ud800"}', b"\xff", b"nul\0"])
def test_a_body_that_is_no_json_is_no_accident(place, body):
    answer = place.call("POST", "/api/v1/entries/1/undo", headers={"Content-Type": "application/json"}, content=body)
    assert answer.status_code in (400, 422)
    assert "error" in answer.json()


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), str(10**30), "1.5", "one", "%F0%9F%98%80"])
def test_a_number_that_no_submission_has_is_no_accident(place, number):
    for path in (f"/submissions/{number}", f"/submissions/{number}/rows", f"/snapshots/{number}/data"):
        assert place.call("GET", f"/api/v1{path}").status_code == 422
