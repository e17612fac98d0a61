"""A worker judges all that waits, one after another, and lives through a database that is away."""

import json
import logging

import pytest

from amlsec.errors import GateUnavailable
from amlsec.gate.records import Stands
from amlsec.gate.serving import worker
from amlsec.gate.serving.inline import judged
from amlsec.gate.serving.logs import Lines
from amlsec.gate.serving.stopping import TooLate
from gate.begun import ME, begun, blobs


@pytest.fixture
def gate(tmp_path):
    made = begun(tmp_path / "gate")
    yield made
    made.close()


class Patient:
    """Says stop after so many pauses, and keeps how long each was to be."""

    def __init__(self, pauses):
        self.pauses, self.waited = pauses, []

    def __call__(self, seconds):
        if seconds:
            self.waited.append(seconds)
        return len(self.waited) >= self.pauses


def logged(caplog):
    return [json.loads(Lines().format(record)) for record in caplog.records]


def test_all_that_waits_is_judged_before_the_first_pause(gate, caplog):
    caplog.set_level(logging.INFO, "amlsec.gate")
    numbers = [gate.submit(blobs(20, seed), f"s{seed}", act=ME).submission for seed in range(3)]
    assert worker.run(gate, "w", Patient(1)) == 3
    assert Stands.WAITING not in [gate.submission(number).stands for number in numbers]
    told = logged(caplog)
    assert [line["event"] for line in told] == ["worker started", *["judged"] * 3, "worker stopped"]
    assert [line["submission"] for line in told[1:-1]] == numbers
    assert all(line["accepted"] + line["quarantined"] + line["rejected"] == 20 for line in told[1:-1])


def test_pauses_grow_to_their_limit_while_nothing_waits(gate):
    asked = Patient(8)
    assert worker.run(gate, "w", asked) == 0
    assert asked.waited == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0, 2.0]


def test_a_gate_that_is_away_is_asked_ever_more_seldom_and_found_again(gate, monkeypatch, caplog):
    number = gate.submit(blobs(20), "s", act=ME).submission
    work, away = gate.work, iter(range(9))

    def sometimes(name):
        if next(away, None) is not None:
            raise GateUnavailable("database: away")
        return work(name)

    monkeypatch.setattr(gate, "work", sometimes)
    asked = Patient(10)
    assert worker.run(gate, "w", asked) == 1
    assert asked.waited == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 0.2]
    assert gate.submission(number).stands != Stands.WAITING
    assert [line["said"] for line in logged(caplog) if line["event"] == "gate unavailable"] == ["database: away"] * 9


def test_who_is_interrupted_gives_the_job_back_at_once(gate, monkeypatch):
    number = gate.submit(blobs(20), "s", act=ME).submission

    def interrupted(*_):
        raise TooLate

    with monkeypatch.context() as broken:
        broken.setattr("amlsec.gate.working._judge", interrupted)
        with pytest.raises(TooLate):
            worker.run(gate, "first", Patient(1))
    assert gate.submission(number).stands == Stands.WAITING
    assert gate.work("second") == number  # the lease of two minutes does not stand in the way
    assert gate.submission(number).stands != Stands.WAITING


def test_what_fails_is_tried_again_and_logged_without_the_words_of_the_error(gate, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "amlsec.gate")
    gate.submit(blobs(20), "s", act=ME)

    def broken(*_):
        raise ValueError("row 3 says: my password is tulip")

    monkeypatch.setattr("amlsec.gate.working._judge", broken)
    assert worker.run(gate, "w", Patient(1)) == 3  # as often as gate.toml says
    told = [line for line in logged(caplog) if line["event"] == "judged"]
    assert [(line["stands"], line["error"]) for line in told] == [
        ("waiting", "ValueError"),
        ("waiting", "ValueError"),
        ("quarantined", None),
    ]
    assert "tulip" not in json.dumps(logged(caplog))


def test_inline_those_before_are_judged_first(gate):
    first, second = (gate.submit(blobs(20, seed), "s", act=ME).submission for seed in (1, 2))
    last = judged(gate, second)
    assert last == gate.submission(second)
    assert Stands.WAITING not in (last.stands, gate.submission(first).stands)
    assert judged(gate, second) == last
