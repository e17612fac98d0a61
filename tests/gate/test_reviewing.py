"""People's decisions: with a reason, in turn, by two where two are asked for, and taken back by entries."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import numpy as np
import pytest

from amlsec.errors import Conflict, InvalidInput, NotFound
from amlsec.evidence import Decision
from amlsec.gate import decisions
from amlsec.gate.ledger import Wrote
from amlsec.gate.people.person import Role
from amlsec.gate.people.users import add_user, disable_user
from gate.begun import begun, blobs, flipped, on, settled

ROWS = 12
ACCEPT, QUARANTINE, REJECT = Decision
TRUSTED = blobs(600, seed=1)
TURNS = count()


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    gate = begun(tmp_path_factory.mktemp("one") / "home", trusted=TRUSTED)
    yield gate
    gate.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A gate where two persons must say the same."""
    gate = begun(tmp_path_factory.mktemp("two") / "home", trusted=TRUSTED, review={"persons": 2})
    yield gate
    gate.close()


def held(gate):
    """A submission of a new source; all its rows wait, as the trusted rows hold them under the other label."""
    turn = next(TURNS)
    rows = flipped(TRUSTED.slice(ROWS * turn, ROWS))
    assert len(rows) == ROWS, "no trusted rows are left"
    number = gate.submit(rows, f"s{turn}", act=on(0)).submission
    settled(gate)
    found = gate.submission(number)
    assert found.quarantined == ROWS
    return number, found.source


def now(gate, number):
    """The decision on each row, by their positions."""
    rows = gate.rows(number, limit=1000)
    order = np.argsort(rows["position"].to_numpy())
    return [rows["decision"].to_pylist()[k] for k in order]


def last(gate):
    return list(gate.entries())[-1]


def test_a_whole_submission_is_accepted(gate):
    number, source = held(gate)
    done = gate.review(number, ACCEPT, act=on(1, "user:ada", "read them all"))
    assert (done.submission, done.effective, done.accepted, done.quarantined, done.rejected) == (number, True, ROWS, 0, 0)
    assert gate.submission(number).stands == "accepted"
    entry = last(gate)
    assert (entry["seq"], entry["kind"], entry["who"], entry["why"]) == (done.entry, "reviewed", "user:ada", "read them all")
    assert (entry["submission"], entry["source"]) == (number, source)
    assert entry["body"].items() >= {"decision": "accept", "rows": None, "persons": 1, "effective": True}.items()
    kept = decisions.read(gate.home.store, entry["body"]["decisions"])
    assert kept.tolist() == [0] * ROWS


def test_a_submission_is_split(gate):
    number, _ = held(gate)
    gate.review(number, ACCEPT, act=on(1), rows=[7, 2, 2])
    gate.review(number, REJECT, act=on(2), rows=[0])
    wanted = ["quarantine"] * ROWS
    wanted[7] = wanted[2] = "accept"
    wanted[0] = "reject"
    assert now(gate, number) == wanted
    assert gate.submission(number).stands == "quarantined"


def test_what_was_accepted_is_rejected_by_a_person(gate):
    number, source = held(gate)
    gate.review(number, ACCEPT, act=on(1))
    assert (gate.submission(number).stands, gate.source(source).learned) == ("accepted", ROWS)
    gate.review(number, REJECT, act=on(1), rows=[5])
    assert (gate.submission(number).rejected, gate.source(source).learned) == (1, ROWS - 1)
    gate.review(number, REJECT, act=on(2))
    assert (gate.submission(number).stands, gate.source(source).learned) == ("rejected", 0)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([], "at least one"),
        ([ROWS], f"12: must lie in 0..{ROWS - 1}"),
        ([3, -1], "-1: must lie in"),
        ([1.5], "positions"),
        ([[0], [0, 1]], "positions"),
        ([True], "positions"),
        ([2**70], "must lie in"),
    ],
)
def test_bad_positions_are_named(gate, rows, error):
    number, _ = held(gate)
    with pytest.raises(InvalidInput, match=error):
        gate.review(number, ACCEPT, act=on(1), rows=rows)
    assert last(gate)["kind"] == Wrote.JUDGED


def test_a_reason_and_a_decision_are_asked_for(gate):
    number, _ = held(gate)
    with pytest.raises(InvalidInput, match="why is '  '"):
        gate.review(number, ACCEPT, act=on(1, why="  "))
    with pytest.raises(InvalidInput, match="accept or reject"):
        gate.review(number, QUARANTINE, act=on(1))
    with pytest.raises(NotFound, match="no submission 9999"):
        gate.review(9999, ACCEPT, act=on(1))
    with pytest.raises(InvalidInput, match="why"):
        gate.undo(1, act=on(1, why=""))


def test_what_waits_for_its_verdict_is_not_reviewed(gate):
    number = gate.submit(blobs(ROWS), "waiting", act=on(0)).submission
    with pytest.raises(Conflict, match="waits to be judged"):
        gate.review(number, ACCEPT, act=on(1))


def test_a_review_is_undone_by_an_entry_and_once(gate):
    number, _ = held(gate)
    done = gate.review(number, ACCEPT, act=on(1))
    back = gate.undo(done.entry, act=on(2, why="the wrong one"))
    assert (back.effective, back.quarantined) == (True, ROWS)
    assert now(gate, number) == ["quarantine"] * ROWS
    assert [entry["kind"] for entry in gate.history(number)] == ["submitted", "judged", "reviewed", "undone"]
    with pytest.raises(Conflict, match=f"entry {done.entry} does not hold"):
        gate.undo(done.entry, act=on(3))
    with pytest.raises(Conflict, match=f"entry {back.entry} does not hold"):
        gate.undo(back.entry, act=on(3))


def test_only_reviews_and_rollbacks_are_undone(gate):
    number, _ = held(gate)
    with pytest.raises(Conflict, match=f"entry {number} is submitted: only reviews and rollbacks"):
        gate.undo(number, act=on(1))
    with pytest.raises(NotFound, match="entry 9999"):
        gate.undo(9999, act=on(1))


def test_later_reviews_of_the_same_rows_stay_when_one_is_undone(gate):
    number, _ = held(gate)
    first = gate.review(number, ACCEPT, act=on(1), rows=[0, 1, 2])
    gate.review(number, REJECT, act=on(2), rows=[2, 3])
    gate.undo(first.entry, act=on(3))
    assert now(gate, number) == ["quarantine", "quarantine", "reject", "reject"] + ["quarantine"] * (ROWS - 4)


def test_any_order_of_reviews_and_undos_gives_what_is_told_naively(gate):
    rng = np.random.default_rng(0)
    number, name = held(gate)
    told: dict[int, tuple[Decision, list[int]]] = {}
    for day in range(40):
        if told and rng.random() < 0.4:
            undone = int(rng.choice(list(told)))
            gate.undo(undone, act=on(day))
            del told[undone]
        else:
            decision = [ACCEPT, REJECT][rng.integers(2)]
            rows = sorted(rng.choice(ROWS, size=rng.integers(1, ROWS), replace=False).tolist())
            told[gate.review(number, decision, act=on(day), rows=rows).entry] = (decision, rows)
        wanted, checked = [QUARANTINE] * ROWS, set()
        for decision, rows in told.values():
            for row in rows:
                wanted[row] = decision
            checked.update(rows)
        assert now(gate, number) == [decision.name.lower() for decision in wanted]
    source = gate.source(name)
    assert source.learned == wanted.count(ACCEPT)
    assert source.standing["learned"] == wanted.count(ACCEPT)
    assert gate.risk(name)[-1]["accepted"] == wanted.count(ACCEPT)
    assert gate.verify().faults == ()


def test_two_persons_must_say_the_same(pair):
    number, _ = held(pair)
    first = pair.review(number, ACCEPT, act=on(1, "user:ada"), rows=[1, 4])
    assert not first.effective
    assert now(pair, number) == ["quarantine"] * ROWS
    with pytest.raises(Conflict, match="user:ada proposed the same"):
        pair.review(number, ACCEPT, act=on(2, "user:ada"), rows=[4, 1])
    assert not pair.review(number, ACCEPT, act=on(2, "user:bob"), rows=[1]).effective
    assert not pair.review(number, REJECT, act=on(2, "user:bob"), rows=[1, 4]).effective
    second = pair.review(number, ACCEPT, act=on(3, "user:bob"), rows=[4, 1])
    assert second.effective
    assert last(pair)["body"]["confirms"] == first.entry
    assert pair.submission(number).accepted == 2


def test_a_program_is_no_second_person(pair):
    """Whoever makes a token could agree with himself by it."""
    number, _ = held(pair)
    pair.review(number, ACCEPT, act=on(1, "user:ada"))
    with pytest.raises(Conflict, match="token:nightly is none"):
        pair.review(number, ACCEPT, act=on(2, "token:nightly"))
    review = pair.review(number, ACCEPT, act=on(2, "user:bob")).entry
    with pytest.raises(Conflict, match="token:nightly is none"):
        pair.undo(review, act=on(3, "token:nightly"))
    assert pair.submission(number).accepted == ROWS


def test_who_was_disabled_meanwhile_does_not_count(pair, quick_passwords):
    number, _ = held(pair)
    add_user(pair.home, "eve", "a long password", Role.REVIEWER, act=on(1))
    pair.review(number, ACCEPT, act=on(1, "user:eve"))
    disable_user(pair.home, "eve", act=on(2))
    assert not pair.review(number, ACCEPT, act=on(3, "user:ada")).effective
    assert pair.review(number, ACCEPT, act=on(3, "user:bob")).effective
    assert pair.verify().faults == ()


def test_a_proposal_lapses_when_the_decisions_change(pair):
    number, _ = held(pair)
    pair.review(number, ACCEPT, act=on(1, "user:ada"))
    for who in ("user:bob", "user:cyd"):
        pair.review(number, REJECT, act=on(2, who))
    assert pair.submission(number).stands == "rejected"
    assert not pair.review(number, ACCEPT, act=on(3, "user:bob")).effective


def test_two_take_back_what_two_said_and_one_his_own_proposal(pair):
    number, _ = held(pair)
    first = pair.review(number, REJECT, act=on(1, "user:ada"))
    second = pair.review(number, REJECT, act=on(1, "user:bob"))
    with pytest.raises(Conflict, match=f"entry {first.entry} does not hold"):
        pair.undo(first.entry, act=on(2, "user:ada"))
    assert not pair.undo(second.entry, act=on(2, "user:ada")).effective
    assert pair.submission(number).rejected == ROWS
    assert pair.undo(second.entry, act=on(3, "user:cyd")).effective
    assert pair.submission(number).quarantined == ROWS
    own = pair.review(number, REJECT, act=on(4, "user:ada"))
    with pytest.raises(Conflict, match="only a proposal, and user:ada's"):
        pair.undo(own.entry, act=on(5, "user:bob"))
    assert pair.undo(own.entry, act=on(5, "user:ada")).quarantined == ROWS
    assert not pair.review(number, REJECT, act=on(6, "user:bob")).effective
    assert pair.verify().faults == ()


@pytest.fixture
def both(gate_urls, tmp_path):
    """A gate of either kind where two persons must say the same."""
    gate = begun(tmp_path / "home", gate_urls, trusted=TRUSTED, review={"persons": 2})
    yield gate
    gate.close()


def test_of_many_at_once_each_sees_those_before(both):
    """Two persons are a proposal and its confirmation; one person four times is one proposal."""
    number, _ = held(both)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda who: both.review(number, REJECT, act=on(1, who)), ["user:ada", "user:bob"]))
    assert sorted(one.effective for one in done) == [False, True]
    assert both.submission(number).rejected == ROWS

    def propose(_):
        try:
            return both.review(number, ACCEPT, act=on(1, "user:ada")).effective
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(map(str, pool.map(propose, range(4)))) == ["False", "None", "None", "None"]
    assert both.verify().faults == ()


def test_reviews_are_the_track_record_of_a_source(gate):
    number, source = held(gate)
    before = gate.source(source).likelihood[0]
    done = gate.review(number, REJECT, act=on(1), rows=[0, 1, 2])
    assert gate.source(source).likelihood[0] > before
    gate.review(number, ACCEPT, act=on(2))
    after = gate.source(source).likelihood[0]
    assert after < before, "twelve good rows"
    gate.undo(done.entry, act=on(3))
    assert gate.source(source).likelihood[0] == after, "what the later review says of the same rows stays"
