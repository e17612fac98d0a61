"""Rows handed in over HTTP, in every format, by who may, and what a submitter learns of them."""

import gzip
import io
import json
from dataclasses import replace

import anyio
import pyarrow as pa
import pyarrow.csv
import pytest
from pyarrow import ipc, parquet

from amlsec.errors import GateUnavailable
from amlsec.gate.http import spooling
from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import make_token, revoke_token
from gate.begun import ME, blobs, flipped, settled
from gate.http.calling import bearer

CSV = {"Content-Type": "text/csv"}


def csv(table):
    sink = io.BytesIO()
    pa.csv.write_csv(table, sink)
    return sink.getvalue()


def jsonl(table):
    return "".join(f"{json.dumps(row)}\n" for row in table.to_pylist()).encode()


def as_parquet(table):
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def arrow(table, new=ipc.new_stream):
    sink = io.BytesIO()
    with new(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


FORMATS = {
    "text/csv": csv,
    "text/csv; charset=utf-8": lambda table: gzip.compress(csv(table)),
    "application/x-ndjson": jsonl,
    "application/jsonl": jsonl,
    "application/vnd.apache.parquet": as_parquet,
    "application/vnd.apache.arrow.stream": arrow,
    "application/vnd.apache.arrow.file": lambda table: arrow(table, ipc.new_file),
    "application/octet-stream": as_parquet,
}


def submit(place, body, who="submitter of desk", query="", headers=CSV):
    return place.call("POST", f"/api/v1/submissions{query}", who, headers, content=body)


def test_the_same_rows_in_every_format_are_one_submission(place):
    table = blobs(12, seed=50)
    first = submit(place, csv(table))
    assert first.status_code == 202
    receipt = first.json()
    assert receipt["new"]
    assert receipt["rows"] == 12
    assert first.headers["Location"] == f"/api/v1/submissions/{receipt['submission']}"
    for media, written in FORMATS.items():
        answer = submit(place, written(table), headers={"Content-Type": media})
        assert answer.status_code == 200, (media, answer.text)
        assert answer.json() == {**receipt, "new": False}
    for media in ({}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "text/plain"}):
        answer = submit(place, jsonl(table), query="?format=jsonl", headers=media)  # curl says of any data that it is a form
        assert answer.json() == {**receipt, "new": False}


def test_a_body_in_parts_is_the_same(place):
    table = blobs(12, seed=51)
    body = csv(table)
    parts = (body[k : k + 7] for k in range(0, len(body), 7))
    assert submit(place, parts).json()["rows"] == 12
    assert submit(place, body).status_code == 200


def test_nothing_is_left_on_the_disk(place, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    submit(place, csv(blobs(12, seed=52)))
    submit(place, b"rubbish")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("told", [{"query": "?key=once"}, {"headers": CSV | {"Idempotency-Key": "once"}}])
def test_a_key_is_for_one_set_of_rows(place, told):
    first = submit(place, csv(blobs(12, seed=53)), **told)
    assert first.status_code in (200, 202)
    answer = submit(place, csv(blobs(12, seed=54)), **told)
    assert answer.status_code == 409
    assert "once" in answer.json()["error"]


@pytest.mark.parametrize("told", [{"query": "?key=%20once"}, {"headers": CSV | {"Idempotency-Key": "a\tb"}}])
def test_a_key_that_cannot_be_is_refused_in_words(place, told):
    answer = submit(place, csv(blobs(12, seed=53)), **told)
    assert answer.status_code == 422
    assert answer.json()["rule"] == "must be printable characters, without spaces at its ends"


def test_a_source_only_speaks_as_itself(place):
    body = csv(blobs(12, seed=55))
    before = place.head()
    assert submit(place, body, query="?source=web").status_code == 403
    assert place.head() == before
    assert submit(place, body, query="?source=desk").status_code == 202
    assert place.gate.submissions(limit=1)[0].source == "desk"
    assert list(place.gate.entries())[-1]["who"] == "token:desk"


def test_who_runs_the_gate_hands_in_for_any_source_and_names_it(place):
    body = csv(blobs(12, seed=56))
    assert submit(place, body, "administrating program").status_code == 422
    assert submit(place, body, "administrating program", query="?source=new").status_code == 202
    assert place.gate.submissions(limit=1)[0].source == "new"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", CSV, 422),
        (b"a,b,label\n", CSV, 422),
        (b"a,b,label\n1,2,neither\n", CSV, 422),
        (b"a,b,label\n1,inf,ok\n", CSV, 422),
        (b"a,label\n1,ok\n", CSV, 422),
        (b"\x80\x04\x95rest.", {}, 415),
        (csv(blobs(3)), {"Content-Type": "application/json"}, 415),
        (csv(blobs(3)), {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        (csv(blobs(3)), {"Content-Type": "application/vnd.apache.parquet"}, 422),
        (as_parquet(blobs(3))[:-9], {}, 422),
    ],
)
def test_what_cannot_be_read_is_refused_and_leaves_nothing(place, body, headers, status):
    before = place.head()
    answer = submit(place, body, headers=headers)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) >= {"error"}
    assert "/tmp" not in answer.text
    assert place.head() == before


def test_a_submitter_learns_what_became_of_his_rows_and_not_why(place):
    number = submit(place, csv(blobs(12, seed=57))).json()["submission"]
    path = f"/api/v1/submissions/{number}"
    assert place.call("GET", path, "submitter of desk").json()["stands"] == "waiting"
    settled(place.gate)
    own = place.call("GET", path, "submitter of desk").json()
    assert set(own) == {"id", "received", "rows", "stands", "accepted", "quarantined", "rejected"}
    assert own["rows"] == own["accepted"] + own["quarantined"] + own["rejected"] == 12
    whole = place.call("GET", path, "reviewer").json()
    assert own.items() <= whole.items()
    assert {"harm", "source", "error"} <= set(whole)


def test_a_submitter_may_be_told_no_more_than_that_his_rows_are_kept(place, monkeypatch):
    """Rows sent one by one would else tell where the border lies."""
    config = place.gate.home.config
    silent = config.model_copy(update={"server": config.server.model_copy(update={"verdicts": False})})
    monkeypatch.setattr(place.gate, "home", replace(place.gate.home, config=silent))
    numbers = [submit(place, csv(rows)).json()["submission"] for rows in (blobs(12, seed=63), flipped(blobs(12, seed=64)))]
    before = [place.call("GET", f"/api/v1/submissions/{number}", "submitter of desk").json() for number in numbers]
    settled(place.gate)
    after = [place.call("GET", f"/api/v1/submissions/{number}", "submitter of desk").json() for number in numbers]
    assert after == before
    assert [set(one.values()) for one in after] == [{one["id"], one["received"], 12, None} for one in after]
    assert place.call("GET", f"/api/v1/submissions/{numbers[1]}", "reviewer").json()["stands"] != "waiting"


def test_a_submission_of_another_is_as_one_that_is_not_there(place):
    number = place.gate.submissions(source="desk", limit=1)[0].id
    other = place.call("GET", f"/api/v1/submissions/{number}", "submitter of web")
    none = place.call("GET", "/api/v1/submissions/999999", "submitter of web")
    assert (other.status_code, none.status_code) == (404, 404)
    assert other.text.replace(str(number), "N") == none.text.replace("999999", "N")


def test_while_the_gate_cannot_keep_rows_it_acknowledges_none(place, monkeypatch):
    def away(data):
        raise GateUnavailable("store /objects: No space left on device")

    monkeypatch.setattr(place.gate.home.store, "put_file", away, raising=False)
    before = place.head()
    answer = submit(place, csv(blobs(12, seed=58)))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert place.head() == before


@pytest.mark.system
def test_a_full_disk_is_said_to_be_full(place, full_disk, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(full_disk))
    before = place.head()
    answer = submit(place, csv(blobs(12_000, seed=61)))
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporary files: No space left on device"
    assert place.head() == before
    assert list(full_disk.iterdir()) == []


def test_a_token_that_is_revoked_while_a_file_comes_hands_nothing_in(place):
    headers = bearer(make_token(place.gate.home, "leaked", Role.SUBMITTER, act=ME, source="desk"))
    body = csv(blobs(12, seed=62))

    def parts():
        yield body[:50]
        revoke_token(place.gate.home, "leaked", act=ME)
        yield body[50:]

    answer = submit(place, parts(), "nobody", headers=CSV | headers)
    assert answer.status_code == 401
    assert "token revoked" in str(list(place.gate.entries())[-1])


def test_no_more_files_are_received_at_once_than_there_are_places(place, monkeypatch):
    monkeypatch.setattr(spooling, "_PATIENCE", 0.01)
    monkeypatch.setattr(spooling, "_PLACES", anyio.Semaphore(0))
    answer = submit(place, csv(blobs(12, seed=59)))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_one_caller_has_few_of_the_places(place, monkeypatch):
    monkeypatch.setitem(spooling._TAKEN, "token:desk", spooling.EACH)
    assert submit(place, csv(blobs(12, seed=60))).status_code == 429
    assert submit(place, csv(blobs(12, seed=60)), "submitter of web").status_code == 202
    assert set(spooling._TAKEN) == {"token:desk"}, "places are given back"
