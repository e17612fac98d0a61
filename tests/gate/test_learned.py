"""Rows that are trusted anew: what was held back or taken back stays out, what is learned is counted by the new root."""

import numpy as np
import pyarrow as pa
import pytest

from amlsec.errors import Conflict
from amlsec.evidence import Decision
from amlsec.gate import changing
from amlsec.gate.in_force import InForce, rows_of
from amlsec.gate.learned import held_back, looking, recounted
from amlsec.gate.reading.limits import Limits
from amlsec.gate.service import Gate
from amlsec.gate.trusting import canonical_rows
from gate.begun import ME, START, begun, blobs, on, settled, taught

TRUSTED, POOL = blobs(100, seed=1), blobs(12, seed=2)


@pytest.fixture
def gate(tmp_path):
    gate = begun(tmp_path / "home", trusted=TRUSTED)
    yield gate
    gate.close()


def of(*places):
    return POOL.take(list(places))


def root_with(rows):
    return pa.concat_tables([TRUSTED, rows])


def test_what_was_rolled_back_cannot_become_trusted(gate):
    taught(gate, of(0, 1), "web")
    taught(gate, of(1, 2), "feed")
    gate.rollback("web", START, act=on(1))
    with pytest.raises(Conflict, match="^1 of these rows wait, or were rejected or rolled back"):
        gate.rotate_root(root_with(of(0, 1, 2)), act=on(2))
    gate.rotate_root(root_with(of(1, 2)), act=on(2))
    assert gate.source("feed").learned == 0
    assert gate.verify().faults == ()


def test_what_waits_to_be_judged_cannot_become_trusted(gate):
    """Else it would be accepted unseen, as a row that is trusted already; nor can what is taken back while it waits."""
    gate.submit(of(0), "web", act=ME)
    gate.submit(of(1), "feed", act=ME)
    gate.rollback("feed", START, act=on(1))
    with pytest.raises(Conflict, match="^2 of these rows wait"):
        gate.rotate_root(root_with(of(0, 1, 2)), act=on(2))
    settled(gate)
    gate.rotate_root(root_with(of(0, 2)), act=on(3))
    assert gate.source("web").learned == 0
    assert gate.verify().faults == ()


def test_who_sends_copies_of_trusted_rows_cannot_hold_up_a_rotation(gate):
    number = gate.submit(TRUSTED[:4], "web", act=ME).submission
    settled(gate)
    gate.review(number, Decision.REJECT, act=on(1))
    assert gate.rotate_root(root_with(of(0)), act=on(2))


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_is_told_naively(gate, seed):
    rng, told = np.random.default_rng(seed), {}
    for k in range(6):
        rows = pa.concat_tables([of(*rng.choice(12, 4, replace=False)), TRUSTED.slice(rng.integers(50), 2)])
        number = taught(gate, rows, f"s{k % 3}")
        bad = rng.choice(6, rng.integers(1, 4), replace=False).tolist()
        gate.review(number, Decision.REJECT, act=on(1), rows=bad)
        told[number] = (f"s{k % 3}", [tuple(row.values()) for row in rows.to_pylist()], set(bad))
    gate.rollback("s1", START, act=on(2))
    wanted = root_with(of(*rng.choice(12, 6, replace=False)))[10:]
    root, former = ({tuple(row.values()) for row in table.to_pylist()} for table in (wanted, TRUSTED))
    with gate.home.database.reading() as connection:
        force = InForce.at(connection)
        look = looking(gate.home, canonical_rows(wanted, gate.home.form, Limits()), rows_of(gate.home, force.root))
        counts, held = recounted(connection, look), held_back(connection, look)

    def said(accepted, sources):
        parts = [(rows, bad) for source, rows, bad in told.values() if source in sources]
        return {row for rows, bad in parts for k, row in enumerate(rows) if (k not in bad) == accepted}

    kept = {"s0", "s2"}
    back = said(True, {"s1"}) | said(False, {"s1"})
    assert held == len((said(False, kept) | back - said(True, kept)) & root - former)
    naive = {
        number: sum(k not in bad and row not in root for k, row in enumerate(rows))
        for number, (_, rows, bad) in told.items()
    }
    before = {
        number: sum(k not in bad and row not in former for k, row in enumerate(rows))
        for number, (_, rows, bad) in told.items()
    }
    assert counts == {number: count for number, count in naive.items() if count != before[number]}


@pytest.mark.parametrize(
    "change",
    [
        lambda gate: gate.rotate_root(root_with(of(3)), act=on(2)),
        lambda gate: gate.set_policy(gate.policy(), act=on(2)),
        lambda gate: gate.protect(TRUSTED[:4], act=on(2)),
    ],
)
def test_of_two_who_change_it_at_once_the_second_must_look_again(gate, monkeypatch, change):
    made, turns = changing.new_root, []

    def slowly(*told, **more):
        if not turns:
            turns.append(None)
            other = Gate.open(gate.home.folder)
            change(other)
            other.close()
        return made(*told, **more)

    monkeypatch.setattr(changing, "new_root", slowly)
    with pytest.raises(Conflict, match="changed just now: look again"):
        gate.rotate_root(root_with(of(4)), act=on(2))
    assert gate.rotate_root(root_with(of(4)), act=on(3))
    assert gate.verify().faults == ()


def test_what_changes_while_rows_are_looked_at_is_looked_at_again(gate, monkeypatch):
    number, made = taught(gate, of(0, 1), "web"), changing.new_root

    def slowly(*told, **more):
        gate.review(number, Decision.REJECT, act=on(1), rows=[0])
        return made(*told, **more)

    monkeypatch.setattr(changing, "new_root", slowly)
    with pytest.raises(Conflict, match="^1 of these rows"):
        gate.rotate_root(root_with(of(0, 1)), act=on(2))
