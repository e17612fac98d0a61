"""What is known of sources: counts, shares, the register and the track record, over time too."""

import pyarrow as pa
import pytest

from amlsec.errors import Conflict, InvalidInput, NotFound
from amlsec.evidence import Decision
from amlsec.gate import standings
from amlsec.gate.act import Act
from amlsec.gate.sources import known
from amlsec.register import Register, Source
from gate.begun import ME, START, begun, blobs, flipped, on, settled, taught

TRUSTED = blobs(100, seed=1)


@pytest.fixture
def gate(tmp_path):
    gate = begun(tmp_path / "home", trusted=TRUSTED)
    yield gate
    gate.close()


def suspended(gate, name):
    """A source as its sentinel leaves it, through the ledger as a verdict does."""
    from dataclasses import replace

    from amlsec.gate.ledger import Wrote, append

    with gate.home.database.writing() as connection:
        now = standings.of(connection, name)
        held = replace(now, own=replace(now.own, watch=replace(now.own.watch, suspended=True)))
        append(connection, Wrote.CLEARED, Act("gate", when=START), standings.keep(connection, name, held), source=name)


def test_a_source_is_what_its_submissions_are(gate):
    taught(gate, blobs(10, seed=2), "web", 1)
    held = gate.submit(flipped(TRUSTED[:8]), "web", act=on(2)).submission
    gate.submit(blobs(3, seed=3), "feed", act=on(4))
    gate.work("tester", when=START)
    gate.review(held, Decision.REJECT, act=on(3), rows=[0, 1])
    found = gate.source("web")
    assert (found.submissions, found.rows, found.accepted, found.quarantined, found.rejected) == (2, 18, 10, 6, 2)
    assert (found.learned, found.share, found.last_received) == (10, 10 / 110, on(2).time)
    assert found.standing["learned"] == 10
    assert not found.held
    waiting = gate.source("feed")
    assert (waiting.submissions, waiting.rows, waiting.accepted, waiting.learned) == (1, 3, 0, 0)
    with pytest.raises(NotFound, match="no source 'nobody'"):
        gate.source("nobody")


def test_the_most_probably_compromised_comes_first(gate):
    for name, rows in (("good", blobs(4, seed=2)), ("bad", flipped(TRUSTED[:4])), ("new", blobs(2, seed=4))):
        number = gate.submit(rows, name, act=on(1)).submission
        settled(gate)
        if name != "new":
            gate.review(number, Decision.REJECT if name == "bad" else Decision.ACCEPT, act=on(2))
    assert [found.name for found in gate.sources()] == ["bad", "new", "good"]


def test_the_likelihood_is_the_registers(gate):
    number = taught(gate, blobs(10, seed=2), "web", 1)
    gate.review(number, Decision.REJECT, act=on(2), rows=[3])
    told = {"exposure": "partners", "authenticated": True, "verified": 0.2, "judged": 50, "bad": 2}
    after = gate.register("web", told, act=on(3))
    source = Source("web", "partners", authenticated=True, verified=0.2, judged=60, bad=3)
    wanted = Register((source,)).likelihood("web")
    assert after.likelihood == (wanted.value, wanted.low, wanted.high)
    assert after.register == told
    with gate.home.database.reading() as connection:
        assert known(connection)["web"] == source
    assert gate.risk("web")[-1]["likelihood"] == after.likelihood


def test_a_source_may_be_registered_before_it_sends(gate):
    assert gate.register("desk", {"exposure": "staff"}, act=ME).submissions == 0
    assert gate.source("desk").likelihood[0] < 0.1
    assert gate.verify().faults == ()


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb", "(root)", "\ud83d"])
def test_a_source_that_could_never_send_is_not_registered(gate, name):
    with pytest.raises(InvalidInput, match="source is"):
        gate.register(name, {}, act=ME)
    assert gate.sources() == []


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"exposure": "nobody"}, "exposure in what is told is 'nobody'"),
        ({"verified": 2}, "verified of source web in what is told is 2"),
        ({"name": "other"}, "name"),
        ({"judged": 1, "bad": 2}, "bad of source web"),
    ],
)
def test_what_is_told_is_checked_by_its_key(gate, told, error):
    with pytest.raises(InvalidInput, match=error):
        gate.register("web", told, act=ME)
    assert gate.sources() == []


def test_risk_is_what_held_at_each_time(gate):
    number = taught(gate, blobs(6, seed=2), "web", 1)
    taught(gate, flipped(TRUSTED[:5]), "web", 2)
    gate.review(number, Decision.REJECT, act=on(3))
    gate.rollback("web", on(2).when, act=on(4))
    told = gate.risk("web")
    assert [one["kind"] for one in told] == ["judged", "reviewed", "judged", "reviewed", "reviewed", "rolled back"]
    records = [(0, 0), (6, 0), (6, 0), (11, 0), (11, 6), (11, 11)]
    for one, (judged, bad) in zip(told, records, strict=True):
        wanted = Register((Source("web", judged=judged, bad=bad),)).likelihood("web")
        assert one["likelihood"] == (wanted.value, wanted.low, wanted.high)
    assert told[1]["accepted"] == 6
    assert told[4]["rejected"] == 6
    assert [one["time"] for one in told] == sorted(one["time"] for one in told)
    assert gate.source("web").likelihood == told[-1]["likelihood"]
    taught(gate, flipped(TRUSTED[:2]), "feed", 5)
    gate.rotate_root(pa.concat_tables([TRUSTED, flipped(TRUSTED[:2])]), act=on(5))
    gate.undo(told[-1]["entry"], act=on(6))
    gate.rollback("web", START, act=on(7))
    assert gate.source("web").likelihood == gate.risk("web")[-1]["likelihood"]


def test_who_is_held_begins_anew_once_a_person_clears_it(gate):
    taught(gate, blobs(6, seed=2), "web", 1)
    with pytest.raises(Conflict, match="source web is not held"):
        gate.clear("web", act=on(1))
    suspended(gate, "web")
    assert gate.source("web").held
    with pytest.raises(InvalidInput, match="why"):
        gate.clear("web", act=on(1, why=""))
    after = gate.clear("web", act=on(2, "user:ada", "spoke with them"))
    assert not after.held
    assert after.learned == after.standing["learned"] == 6
    assert after.standing["watch"]["submissions"] == 0
    entry = list(gate.entries())[-1]
    assert (entry["kind"], entry["source"], entry["why"]) == ("cleared", "web", "spoke with them")
    assert gate.verify().faults == ()


def test_either_database_says_the_same(gate_urls, tmp_path):
    gate = begun(tmp_path / "home", gate_urls, trusted=TRUSTED)
    taught(gate, blobs(6, seed=2), "Web_form 100%", 1, key="Night-1")
    held = gate.submit(flipped(TRUSTED[:3]), "feed", act=on(2)).submission
    settled(gate)
    gate.rollback("Web_form 100%", START, act=on(3))
    gate.register("feed", {"exposure": "staff"}, act=on(3))
    found = {one.name: (one.submissions, one.rows, one.accepted, one.quarantined, one.learned) for one in gate.sources()}
    assert found == {"Web_form 100%": (1, 6, 6, 0, 0), "feed": (1, 3, 0, 3, 0)}
    assert [one["kind"] for one in gate.risk("feed")] == ["judged", "register"]
    told = {"web_ 100% night": 1, "webx": 0, "other label": 1, "nothing": 0, "e": 2}
    assert {words: len(gate.search(words)) for words in told} == told
    assert [one.id for one in gate.search("feed")] == [held]
    gate.export_quarantine(tmp_path / "held.jsonl", "jsonl")
    assert len((tmp_path / "held.jsonl").read_text().splitlines()) == 3
    gate.export_ledger(tmp_path / "ledger.jsonl")
    assert len((tmp_path / "ledger.jsonl").read_text().splitlines()) == len(list(gate.entries()))
    gate.close()
