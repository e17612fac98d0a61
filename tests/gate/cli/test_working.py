"""`amlsec gate work` in this process: it stops when asked, and gives back what it cannot end in time."""

import json
import os
import signal
import time

import pytest


@pytest.fixture
def waiting(gate, monkeypatch):
    """The number of a submission that no worker has judged."""
    monkeypatch.setattr("amlsec.gate.serving.logs.to_lines", lambda: None)  # the logs of this process are pytest's
    _, out, _ = gate("submit", "day.csv", "--source", "desk", "--no-wait", "--json")
    return json.loads(out)["submission"]


def stands(gate, number):
    return json.loads(gate("status", number, "--json")[1])["submission"]["stands"]


def asked_to_stop(monkeypatch, then):
    """The judge gets a SIGTERM, and then goes on."""
    from amlsec.gate import working

    judge = working._judge

    def judged(*words):
        os.kill(os.getpid(), signal.SIGTERM)
        then()
        judge(*words)

    monkeypatch.setattr(working, "_judge", judged)


def test_what_is_being_judged_is_judged_to_its_end(gate, waiting, monkeypatch):
    asked_to_stop(monkeypatch, then=lambda: None)
    assert gate("work")[0] == 0
    assert stands(gate, waiting) != "waiting"


def test_what_takes_longer_is_given_back_and_another_can_take_it_at_once(gate, waiting, monkeypatch):
    def long():
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            pass

    with monkeypatch.context() as patched:
        asked_to_stop(patched, then=long)
        assert gate("work", "--patience", 0.2)[0] == 1
    assert stands(gate, waiting) == "waiting"
    asked_to_stop(monkeypatch, then=lambda: None)
    assert gate("work")[0] == 0
    assert stands(gate, waiting) != "waiting"


def test_it_stops_where_its_server_is_gone(gate, waiting, monkeypatch):
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert gate("work", "--until-closed")[0] == 0
    assert stands(gate, waiting) == "waiting"
