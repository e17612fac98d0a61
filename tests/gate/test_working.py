"""Every submission gets one verdict, whichever worker dies on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import func, select, update

from amlsec.errors import GateUnavailable
from amlsec.evidence import Decision
from amlsec.gate import decisions, jobs, standings, working
from amlsec.gate.act import now
from amlsec.gate.case import case
from amlsec.gate.judging.panel import Panel
from amlsec.gate.judging.sentence import sentence
from amlsec.gate.judging.standing import Common, Standing
from amlsec.gate.ledger import Wrote
from amlsec.gate.looking import found
from amlsec.gate.schema import jobs as table
from gate.begun import ME, QUICK, START, begun, blobs, flipped, settled
from gate.servers import wait_until


@pytest.fixture
def gate(gate_urls, tmp_path):
    gate = begun(tmp_path / "home", gate_urls)
    yield gate
    gate.close()


def verdicts(gate):
    return [one for one in gate.entries() if one["kind"] == Wrote.JUDGED]


def test_a_verdict_is_the_sentence_of_what_the_screens_say(gate):
    number = gate.submit(flipped(blobs(40)), "web", act=ME).submission
    with gate.home.database.reading() as connection:
        about, stood = found(connection, number), standings.of(connection, "web")
    opened = case(gate.home, about)
    expected = sentence(opened.heard(), stood, opened.judges.panel.policy, source="web", key=opened.key, day=START.date())
    assert stood == Standing(Common(root=400))
    assert gate.work("w", when=START) == number
    (verdict,) = verdicts(gate)
    after = gate.submission(number)
    assert np.array_equal(decisions.read(gate.home.store, verdict["body"]["decisions"]), expected.decision)
    assert (after.accepted, after.quarantined, after.rejected) == tuple(decisions.counts(expected.decision).values())
    assert after.rejected > 20
    with gate.home.database.reading() as connection:
        assert standings.of(connection, "web") == expected.standing
    assert (verdict["who"], verdict["source"], verdict["body"]["source_standing"]["judged"]) == ("gate", "web", 40)


def test_good_rows_are_accepted_and_the_evidence_can_be_read(gate):
    number = gate.submit(blobs(40), "web", act=ME).submission
    assert gate.evidence(number) == {}
    settled(gate)
    assert gate.submission(number).accepted >= 30
    evidence = gate.evidence(number)
    assert evidence["source"]["name"] == "web"
    assert {check["name"] for check in evidence["checks"]} >= {"found", "screens", "whole", "share"}


def test_none_waits_none_is_judged(gate):
    assert gate.work("w") is None


def test_many_workers_give_each_submission_one_verdict(gate):
    numbers = {gate.submit(blobs(10, seed=seed), f"s{seed % 3}", act=ME).submission for seed in range(12)}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda k: [gate.work(f"w{k}", when=START) for _ in range(6)], range(4)))
    settled(gate)
    assert sorted(one["submission"] for one in verdicts(gate)) == sorted(numbers)
    with gate.home.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 0
        assert standings.of(connection, "s0").own.judged == 40
        learned = sum(standings.of(connection, f"s{k}").own.learned for k in range(3))
        assert standings.of(connection, "s0").common.learned == learned


def test_a_leased_job_is_not_taken_until_its_lease_ends(gate):
    number = gate.submit(blobs(4), "web", act=ME).submission
    database, begin = gate.home.database, now()
    assert jobs.take(database, "one", 60, begin) == number
    assert jobs.take(database, "two", 60, begin + timedelta(seconds=59)) is None
    assert jobs.take(database, "two", 60, begin + timedelta(seconds=61)) == number
    with database.reading() as connection:
        assert [jobs.holds(connection, number, name) for name in ("one", "two")] == [False, True]
        assert jobs.attempts(connection, number) == 2


def test_a_lease_of_a_clock_that_ran_years_ahead_holds_nobody_up(gate):
    number = gate.submit(blobs(4), "web", act=ME).submission
    database, begin = gate.home.database, now()
    assert jobs.take(database, "one", 60, begin + timedelta(days=4000)) == number
    assert jobs.take(database, "two", 60, begin) == number
    assert jobs.take(database, "one", 60, begin - timedelta(hours=23)) is None, "clocks may differ"


def leased_until(database):
    with database.reading() as connection:
        return datetime.fromisoformat(connection.scalar(select(table.c.leased_until)))


def test_a_lease_is_prolonged_as_long_as_the_work_lasts(gate, monkeypatch):
    number = gate.submit(blobs(4), "web", act=ME).submission
    database, begin, lease = gate.home.database, now(), timedelta(seconds=0.3)
    assert jobs.take(database, "one", 0.3, begin) == number
    assert leased_until(database) == begin + lease
    with jobs.kept(database, number, "one", 0.3):
        for hours in (1, 2, 3):
            at = begin + timedelta(hours=hours)
            monkeypatch.setattr(jobs, "now", lambda at=at: at)
            wait_until(lambda at=at: leased_until(database) == at + lease, "the lease to be prolonged")
            assert jobs.take(database, "two", 0.3, at) is None


def test_who_lost_the_lease_writes_nothing(gate, monkeypatch):
    number = gate.submit(blobs(4), "web", act=ME).submission
    heard = working.Case.heard

    def slow(self):
        jobs.give_back(self.home.database, number, "slow")
        assert jobs.take(self.home.database, "other", 60, now()) == number
        return heard(self)

    monkeypatch.setattr(working.Case, "heard", slow)
    assert gate.work("slow", when=START) == number
    assert verdicts(gate) == []
    monkeypatch.undo()
    jobs.give_back(gate.home.database, number, "other")
    settled(gate)
    assert len(verdicts(gate)) == 1


def test_a_verdict_is_made_anew_where_others_came_in_between(gate, monkeypatch):
    first, second = (gate.submit(blobs(6, seed=seed), "web", act=ME).submission for seed in (1, 2))
    prepared = working._verdict
    between = iter([True])

    def interrupted(*told):
        if next(between, False):
            assert gate.work("other", when=START) == second
        return prepared(*told)

    monkeypatch.setattr(working, "_verdict", interrupted)
    assert gate.work("one", when=START) == first
    with gate.home.database.reading() as connection:
        assert standings.of(connection, "web").own.judged == 12
    assert [one["submission"] for one in verdicts(gate)] == [second, first]


def test_what_cannot_be_judged_is_tried_again_and_then_waits_for_a_person(gate, monkeypatch):
    number = gate.submit(blobs(4), "web", act=ME).submission

    def broken(self):
        raise RuntimeError("no luck\0 \ud83d")  # what a row said, and no database takes

    monkeypatch.setattr(working.Case, "heard", broken)
    for _ in range(2):
        assert gate.work("w", when=START) == number
        assert gate.submission(number).error == "RuntimeError: no luck⟨U+0000⟩ ⟨U+D83D⟩"
    gate.work("w", when=START)
    after = gate.submission(number)
    assert (after.stands, after.quarantined, after.error) == ("quarantined", 4, "")
    (check,) = gate.evidence(number)["checks"]
    assert check["says"] == "could not be judged, so all of it waits for a person: RuntimeError: no luck⟨U+0000⟩ ⟨U+D83D⟩"
    assert len(gate.rows(number)) == 4
    assert gate.work("w") is None


def test_a_store_that_is_away_costs_no_attempt_of_giving_up(gate, monkeypatch):
    gate.submit(blobs(4), "web", act=ME)

    def away(self):
        raise GateUnavailable("store is away")

    monkeypatch.setattr(working.Case, "heard", away)
    for _ in range(5):
        with pytest.raises(GateUnavailable):
            gate.work("w", when=START)
    monkeypatch.undo()
    assert settled(gate) == 1
    assert verdicts(gate)[0]["body"]["counts"]["accepted"] > 0


def judged(folder, rows, limits):
    """The verdict on rows, and what is said of each, where pieces are so large; a sphere judges each row for itself."""
    gate = begun(folder, policy=QUICK.replace("share = 1", "share = 0.05\nfloor = 9"), limits=limits)
    gate.submit(rows, "web", act=ME)
    settled(gate)
    assert list((gate.home.folder / "work").glob("*")) == []
    (verdict,), told = verdicts(gate), gate.rows(4, limit=100).sort_by("position")
    gate.close()
    return verdict["body"], told


@pytest.fixture(scope="module")
def mixed():
    """Good rows, bad ones, trusted ones, and copies of each."""
    good, bad, known = blobs(40), flipped(blobs(12, seed=3)), blobs(400, seed=1000).slice(0, 9)
    return pa.concat_tables([good, bad, known, flipped(known).slice(0, 3), good.slice(0, 8), bad.slice(0, 4)])


@pytest.fixture(scope="module")
def in_one(mixed, tmp_path_factory):
    return judged(tmp_path_factory.mktemp("one") / "home", mixed, {})


@pytest.mark.parametrize("size", [1, 7])
def test_a_large_submission_is_judged_in_pieces_as_in_one(mixed, in_one, tmp_path, size):
    (body, told), (one, told_of_one) = judged(tmp_path / "many", mixed, {"chunk_rows": size}), in_one
    assert len(body.pop("verdicts")) == -(-len(mixed) // size)
    assert body == {name: value for name, value in one.items() if name != "verdicts"}
    assert set(body["why"]) == {"passed", "known", "otherwise", "screens", "share"}
    columns = ["position", "a", "decision", "p", "score"]
    assert told.select(columns).equals(told_of_one.select(columns))


@pytest.fixture
def parts(tmp_path):
    """A gate whose submissions are judged in pieces of seven rows."""
    gate = begun(tmp_path / "parts", limits={"chunk_rows": 7})
    yield gate
    gate.close()


def killed(gate, monkeypatch, pieces):
    """A worker takes a job and is killed after so many pieces of it; its lease is over at once."""
    judge, left = Panel.judge, iter(range(pieces))

    def deadly(self, rows, **more):
        if next(left, None) is None:
            raise Killed
        return judge(self, rows, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Panel, "judge", deadly)
        patch.setattr(working.jobs, "give_back", lambda *_: None)
        with pytest.raises(Killed):
            gate.work("dead", when=START)
    with gate.home.database.writing() as connection:
        connection.execute(update(table).values(leased_until=None))


class Killed(BaseException):
    """As nobody catches it and nothing is tidied up, it ends a worker as a signal does."""


def judged_now(gate, monkeypatch):
    """How many pieces are judged until none waits."""
    judge, counted = Panel.judge, []

    def counting(self, rows, **more):
        counted.append(len(rows))
        return judge(self, rows, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Panel, "judge", counting)
        settled(gate)
    return len(counted)


def test_after_a_kill_only_pieces_that_are_missing_are_judged(parts, monkeypatch):
    parts.submit(flipped(blobs(60)), "web", act=ME)
    killed(parts, monkeypatch, pieces=5)
    assert len(list((parts.home.folder / "work").rglob("heard/*.json"))) == 5
    assert judged_now(parts, monkeypatch) == 4
    assert len(verdicts(parts)) == 1
    assert list((parts.home.folder / "work").iterdir()) == []


@pytest.mark.parametrize("change", ["policy", "root", "protected"])
def test_pieces_judged_by_what_holds_no_longer_are_judged_again(parts, monkeypatch, change):
    parts.submit(flipped(blobs(60)), "web", act=ME)
    killed(parts, monkeypatch, pieces=5)
    if change == "policy":
        parts.set_policy(QUICK.replace("[screens.sphere]", "[screens.sphere]\nhold_back = 0.2"), act=ME)
    elif change == "root":
        parts.rotate_root(blobs(300, seed=77), act=ME)
    else:
        parts.protect(blobs(20, seed=78), act=ME)
    assert judged_now(parts, monkeypatch) == 9


@pytest.mark.parametrize("change", ["policy", "root", "protected"])
def test_no_verdict_is_by_what_holds_no_longer(gate, monkeypatch, change):
    gate.submit(blobs(40), "web", act=ME)
    heard, change_ = working.Case.heard, iter([True])

    def meanwhile(self):
        said = heard(self)
        if next(change_, False):
            if change == "policy":
                gate.set_policy(QUICK.replace("period = 1", "period = 2"), act=ME)
            elif change == "root":
                gate.rotate_root(blobs(300, seed=77), act=ME)
            else:
                gate.protect(blobs(20, seed=78), act=ME)
        return said

    monkeypatch.setattr(working.Case, "heard", meanwhile)
    gate.work("w", when=START)
    assert verdicts(gate) == []
    settled(gate)
    (verdict,) = verdicts(gate)
    changed = max(one["seq"] for one in gate.entries() if one["kind"] == change)
    assert verdict["body"][change] == changed < verdict["seq"]


def test_changes_of_the_policy_cost_no_attempt_of_giving_up(gate, monkeypatch):
    gate.submit(blobs(40), "web", act=ME)
    heard, changes = working.Case.heard, iter(range(gate.home.config.engine.attempts))

    def meanwhile(self):
        said = heard(self)
        for change in changes:
            gate.set_policy(f"{QUICK}# {change}\n", act=ME)
            break
        return said

    monkeypatch.setattr(working.Case, "heard", meanwhile)
    assert settled(gate) == gate.home.config.engine.attempts + 1
    assert verdicts(gate)[0]["body"]["counts"]["accepted"] > 30


def test_what_kills_its_workers_waits_for_a_person(parts, monkeypatch):
    number = parts.submit(blobs(40), "web", act=ME).submission
    for _ in range(parts.home.config.engine.attempts):
        killed(parts, monkeypatch, pieces=0)
    assert judged_now(parts, monkeypatch) == 0
    assert parts.submission(number).quarantined == 40
    (check,) = parts.evidence(number)["checks"]
    assert check["says"].endswith("the workers that tried were killed")
    assert parts.work("w", when=START) is None
    assert list((parts.home.folder / "work").iterdir()) == []


def test_what_is_rolled_back_while_it_waits_is_judged_and_not_learned(gate):
    number = gate.submit(blobs(40), "web", act=ME).submission
    gate.rollback("web", START, act=ME)
    settled(gate)
    assert verdicts(gate)[0]["body"]["counts"]["accepted"] > 30
    with gate.home.database.reading() as connection:
        assert standings.of(connection, "web").common.learned == 0
    assert (gate.submission(number).stands, gate.verify().faults) == ("rolled back", ())


def test_rows_come_worst_first_and_by_decision(gate):
    number = gate.submit(flipped(blobs(40)), "web", act=ME).submission
    settled(gate)
    rows = gate.rows(number, limit=40)
    held = [decision != "accept" for decision in rows["decision"].to_pylist()]
    assert held == sorted(held, reverse=True)
    p = np.array(rows["p"].to_pylist())[held]
    assert (np.diff(p) >= 0).all()
    rejected = gate.rows(number, limit=40, decision=Decision.REJECT)
    assert len(rejected) == gate.submission(number).rejected
    assert gate.rows(number, start=1, limit=2)["position"].to_pylist() == rows["position"].to_pylist()[1:3]
