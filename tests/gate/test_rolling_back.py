"""A rollback takes back all that a source taught since a time, exactly, and names what was made of it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from pyarrow import parquet
from sqlalchemy import event

from amlsec.errors import Conflict, GateUnavailable, InvalidInput, NotFound
from amlsec.evidence import Decision
from gate.begun import ME, START, begun, blobs, flipped, on, settled, taught

TRUSTED = blobs(400, seed=1)


def acts(gate, without=()):
    """Three sources over ten days; what a day brings is left out where it is said to be."""
    days = {
        1: lambda: taught(gate, blobs(5, seed=2), "web", 1),
        2: lambda: taught(gate, blobs(6, seed=3), "feed", 2),
        4: lambda: taught(gate, flipped(TRUSTED[:7]), "web", 4),
        5: lambda: gate.snapshot(act=on(5)).id,
        6: lambda: gate.submit(flipped(TRUSTED[20:24]), "web", act=on(6)).submission,
        7: lambda: taught(gate, blobs(6, seed=3), "other", 7),
    }
    made = {day: act() for day, act in days.items() if day not in without}
    settled(gate)
    return made


def rows(gate, snapshot, *, numbers=True):
    with gate.home.store.open(snapshot.data) as file:
        table = parquet.read_table(file)
    return table if numbers else table.drop(["submission"])


@pytest.fixture
def gate(tmp_path):
    gate = begun(tmp_path / "home", trusted=TRUSTED)
    yield gate
    gate.close()


def test_what_is_left_is_what_would_be_had_the_source_sent_nothing(gate_urls, tmp_path):
    gate, never = begun(tmp_path / "one", gate_urls, trusted=TRUSTED), begun(tmp_path / "never", trusted=TRUSTED)
    made = acts(gate)
    acts(never, without=(4, 6))
    back = gate.rollback("web", on(3).when, act=on(10, "user:ada", "a stolen password"))
    assert rows(gate, back.snapshot, numbers=False).equals(rows(never, never.snapshot(act=ME), numbers=False))
    assert back.submissions == (made[4], made[6])
    assert (back.source, back.since, back.rows) == ("web", on(3).time, 7)
    assert [gate.submission(number).stands for number in back.submissions] == ["rolled back"] * 2
    assert gate.submission(made[1]).stands == "accepted"
    assert gate.queue() == []
    entry = next(gate.entries(after=back.entry - 1))
    assert (entry["kind"], entry["who"], entry["why"]) == ("rolled back", "user:ada", "a stolen password")
    source = gate.source("web")
    assert source.learned == source.standing["learned"] == 5
    assert gate.undo(back.entry, act=on(11)).rows == 7
    assert gate.source("web").standing["learned"] == 12
    assert gate.verify().faults == ()
    gate.close()
    never.close()


def test_all_at_once_they_take_turns(gate_urls, tmp_path):
    """No snapshot that follows the rollback holds a row of the source, whoever reviews or makes snapshots meanwhile."""
    gate = begun(tmp_path / "home", gate_urls, trusted=TRUSTED)
    numbers = [gate.submit(flipped(TRUSTED[k : k + 4]), "web", act=on(1)).submission for k in range(0, 24, 4)]
    settled(gate)

    def review(number):
        with suppress(Conflict):
            gate.review(number, Decision.ACCEPT, act=on(2))

    with ThreadPoolExecutor(4) as pool:
        reviews = [pool.submit(review, number) for number in numbers]
        snapshots = [pool.submit(gate.snapshot, act=on(2)) for _ in range(3)]
        back = pool.submit(gate.rollback, "web", START, act=on(2)).result()
        for one in (*reviews, *snapshots):
            one.result()
    assert back.submissions == tuple(numbers)
    for found in gate.snapshots():
        held = rows(gate, found)["source"].to_pylist().count("web")
        assert held == found.tainted
        assert held == 0 or found.id < back.entry
    assert gate.verify().faults == ()
    gate.close()


def test_snapshots_and_models_that_hold_some_of_it_are_named(gate):
    taught(gate, blobs(5, seed=2), "feed", 1)
    clean = gate.snapshot(act=on(1))
    gate.model(clean.id, "before", act=on(1))
    taught(gate, blobs(3, seed=3), "web", 2)
    one = gate.snapshot(act=on(2))
    gate.model(one.id, "a", act=on(2))
    gate.model(one.id, "b", act=on(2))
    taught(gate, blobs(4, seed=4), "web", 3)
    both = gate.snapshot(act=on(3))
    back = gate.rollback("web", START, act=on(4))
    assert [(found.id, found.tainted, found.models) for found in back.tainted] == [(both.id, 7, ()), (one.id, 3, ("a", "b"))]
    listed = {found.id: found.tainted for found in gate.snapshots()}
    assert listed == {clean.id: 0, one.id: 3, both.id: 7, back.snapshot.id: 0}
    assert gate.rolled_back(back.entry) == back
    again = gate.rollback("feed", START, act=on(5))
    assert {found.id: found.tainted for found in again.tainted} == {clean.id: 5, one.id: 5, both.id: 5, back.snapshot.id: 5}
    assert {found.id: found.tainted for found in gate.snapshots()}[both.id] == 12


def test_it_is_undone_by_an_entry_and_once(gate):
    acts(gate)
    before = gate.snapshot(act=ME)
    share = gate.source("web").standing["added"]
    back = gate.rollback("web", START, act=on(10))
    undone = gate.undo(back.entry, act=on(11))
    assert undone.snapshot.data == before.data
    assert (undone.submissions, undone.rows, undone.tainted) == (back.submissions, back.rows, ())
    assert all(found.tainted == 0 for found in gate.snapshots())
    assert gate.source("web").learned == gate.source("web").standing["learned"] == 12
    assert gate.source("web").standing["added"] == share, "what comes back was added when it came first"
    for entry in (back.entry, undone.entry):
        with pytest.raises(Conflict):
            gate.undo(entry, act=on(12))
    assert gate.rolled_back(undone.entry) == undone
    third = gate.rollback("web", START, act=on(13))
    assert third.submissions == back.submissions
    assert gate.verify().faults == ()


def test_what_a_later_rollback_covers_comes_back_after_that_one_only(gate):
    """Taken back since day 3, then since day 1: as long as the second holds, nothing since day 1 is learned."""
    numbers = [taught(gate, blobs(3, seed=10 + day), "web", day) for day in (1, 2, 3)]
    late, early = (gate.rollback("web", on(day).when, act=on(4)) for day in (3, 1))
    with pytest.raises(Conflict, match=f"entry {early.entry} takes back all since 2026-01-02T00:00:00.*: undo that first"):
        gate.undo(late.entry, act=on(5))
    assert gate.source("web").learned == 0
    gate.undo(early.entry, act=on(6))
    assert gate.undo(late.entry, act=on(6)).submissions == tuple(numbers[2:])
    first = gate.rollback("web", on(2).when, act=on(7))
    taught(gate, blobs(3, seed=20), "web", 8)
    last = gate.rollback("web", on(8).when, act=on(9))
    assert gate.undo(first.entry, act=on(10)).rows == 6
    assert gate.undo(last.entry, act=on(10)).rows == 3
    assert gate.verify().faults == ()


def test_a_time_is_of_receipt_in_utc_and_included(gate):
    numbers = [taught(gate, blobs(2, seed=seed), "web", seed) for seed in (1, 2, 3)]
    second = datetime(2026, 1, 3, 5, tzinfo=timezone(timedelta(hours=5)))  # midnight in UTC, when the second one came
    assert gate.rollback("web", second, act=ME).submissions == tuple(numbers[1:])
    assert gate.rollback("web", datetime(2026, 1, 2), act=ME).submissions == (numbers[0],)


def test_what_comes_later_is_learned_and_what_waits_is_judged_and_stays_out(gate):
    waiting = gate.submit(blobs(6, seed=5), "web", act=on(1)).submission
    back = gate.rollback("web", START, act=on(2))
    assert back.submissions == (waiting,)
    assert back.rows == 0
    settled(gate)
    assert gate.submission(waiting).stands == "rolled back"
    assert gate.submission(waiting).accepted is not None
    assert gate.source("web").learned == gate.source("web").standing["learned"] == 0
    taught(gate, blobs(4, seed=6), "web", 3)
    assert len(rows(gate, gate.snapshot(act=ME))) == 404
    assert gate.verify().faults == ()
    gate.undo(back.entry, act=on(4))
    assert gate.verify().faults == ()
    assert gate.source("web").learned == gate.source("web").standing["learned"]


def test_however_many_are_taken_back_no_writer_waits_for_each(gate):
    said: list[str] = []
    for seed in range(40):
        gate.submit(blobs(1, seed=seed), "web", act=on(1))
    event.listen(gate.home.database._engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    back = gate.rollback("web", START, act=on(2))
    gate.undo(back.entry, act=on(3))
    assert len(back.submissions) == 40
    assert sum(text.startswith("UPDATE submissions") for text in said) == 2


def test_people_do_not_decide_on_what_was_rolled_back(gate):
    number = taught(gate, blobs(2, seed=5), "web", 1)
    review = [entry["seq"] for entry in gate.entries() if entry["kind"] == "reviewed"][-1]
    back = gate.rollback("web", START, act=on(2))
    for act in (lambda: gate.review(number, Decision.REJECT, act=on(3)), lambda: gate.undo(review, act=on(3))):
        with pytest.raises(Conflict, match=f"was rolled back by entry {back.entry}: undo that first"):
            act()
    gate.undo(back.entry, act=on(4))
    assert gate.review(number, Decision.REJECT, act=on(5)).rejected == 2


def test_it_tells_of_the_source(gate):
    taught(gate, blobs(20, seed=5), "web", 1)
    before = gate.source("web").likelihood[0]
    back = gate.rollback("web", START, act=on(2))
    assert gate.source("web").likelihood[0] > 0.9 > before
    gate.undo(back.entry, act=on(3))
    assert gate.source("web").likelihood[0] == before


@pytest.mark.system
def test_it_holds_where_there_is_no_room_for_the_snapshot_and_the_error_says_so(tmp_path_factory, full_disk, monkeypatch):
    gate = begun(tmp_path_factory.mktemp("one") / "home", trusted=TRUSTED)
    taught(gate, blobs(8000, seed=4), "feed", 1)
    number = taught(gate, blobs(2, seed=5), "web", 1)
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(full_disk))
        with pytest.raises(GateUnavailable, match=r"entry \d+ holds, but no snapshot could be made .*No space left"):
            gate.rollback("web", START, act=on(2))
    assert gate.submission(number).stands == "rolled back"
    entry = list(gate.entries())[-1]["seq"]
    made = gate.snapshot(act=on(3))
    assert gate.rolled_back(entry).snapshot == made
    gate.close()


def test_bad_input_is_named_and_nothing_is_written(gate):
    taught(gate, blobs(2, seed=5), "web", 1)
    before = list(gate.entries())
    with pytest.raises(InvalidInput, match="why is ''"):
        gate.rollback("web", START, act=on(1, why=""))
    with pytest.raises(NotFound, match="no source 'nobody'"):
        gate.rollback("nobody", START, act=ME)
    with pytest.raises(Conflict, match="handed nothing in since 2026-01-10"):
        gate.rollback("web", on(9).when, act=ME)
    with pytest.raises(InvalidInput, match="time is '0001-01-01"):
        gate.rollback("web", datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), act=ME)
    with pytest.raises(NotFound, match="entry 1 is opened, and no rollback"):
        gate.rolled_back(1)
    assert list(gate.entries()) == before
