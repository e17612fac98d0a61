"""Calls that were refused are kept, added up so that nobody fills the disk with them."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from amlsec.errors import GateUnavailable
from amlsec.gate.http import refusals as module
from amlsec.gate.http.refusals import MOST, Refusals, refusals
from gate.begun import begun

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    gate = begun(tmp_path_factory.mktemp("gates") / "gate")
    yield gate.home.database
    gate.close()


def test_alike_calls_of_a_minute_are_one(database):
    book = Refusals(database)
    for _ in range(500):
        book.note("192.0.2.7", "GET /queue", 401, "sign in", NOON)
    book.note("token:desk", "GET /queue", 403, "this is not for a submitter", NOON)
    assert not book.due(NOON + timedelta(seconds=59))
    assert book.due(NOON + timedelta(seconds=60))
    book.write()
    other, first = refusals(database)[:2]
    assert (first.who, first.what, first.status, first.why) == ("192.0.2.7", "GET /queue", 401, "sign in (500 calls)")
    assert (other.who, other.why) == ("token:desk", "this is not for a submitter")
    assert first.time.startswith("2026-03-01T12:00")
    assert not book.due(NOON + timedelta(days=1))


def test_many_clients_are_told_apart_up_to_a_limit(database):
    book = Refusals(database)
    for k in range(10 * MOST):
        book.note(f"client {k}", "GET /queue", 401, "sign in", NOON)
    book.write()
    found = refusals(database, limit=2 * MOST)
    assert len([one for one in found if one.who.startswith("client")]) == MOST
    assert found[0].who == "others"
    assert found[0].why == f"calls of other clients ({9 * MOST} calls)"


def test_only_the_latest_are_kept(database, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 10)
    book = Refusals(database)
    for k in range(30):
        book.note(f"late {k}", "GET /queue", 401, "sign in", NOON)
    book.write()
    assert [one.who for one in refusals(database)] == [f"late {k}" for k in reversed(range(20, 30))]
    page = refusals(database, limit=3)
    assert [one.who for one in refusals(database, limit=3, before=page[-1].id)] == ["late 26", "late 25", "late 24"]


def test_each_kind_is_logged_once_a_minute(database, caplog):
    book = Refusals(database)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            book.note("192.0.2.7", "GET /queue", 401, "sign in", NOON)
    assert [record.told["who"] for record in caplog.records] == ["192.0.2.7"]


def test_while_the_database_is_away_calls_are_answered_all_the_same(database, monkeypatch, caplog):
    def away():
        raise GateUnavailable("gone")

    monkeypatch.setattr(database, "writing", away)
    book = Refusals(database)
    book.note("192.0.2.7", "GET /queue", 401, "sign in", NOON)
    with caplog.at_level(logging.WARNING):
        book.write()
    assert "refusals not written" in caplog.text


def test_refused_calls_are_in_the_book_without_what_was_asked(place):
    place.app.state.refusals.write()  # of a minute in which others were refused much, the rest is added up
    place.call("GET", "/api/v1/source?name=secret", "submitter of desk")
    place.call("GET", "/api/v1/submissions/123456?why=secret", "expired token")
    place.call("POST", "/api/v1/session", "nobody", json={"name": "ada", "password": "secret"})
    found = place.call("GET", "/api/v1/refusals").json()
    told = [(one["who"], one["what"], one["status"]) for one in found]
    assert ("token:desk", "GET /api/v1/source", 403) in told
    assert ("testclient", "GET /api/v1/submissions/{number}", 401) in told
    assert ("testclient", "POST /api/v1/session", 401) in told
    assert "secret" not in str(found)
