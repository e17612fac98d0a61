"""A gate is begun whole or not at all, and what it judges by changes by entries of its ledger."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sqlalchemy import event

from amlsec.errors import Conflict, InvalidInput
from amlsec.gate import standings, trusting
from amlsec.gate.config import read
from amlsec.gate.in_force import InForce, judges, rows_of
from amlsec.gate.ledger import Wrote
from amlsec.gate.new_home import new_home
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns
from gate.begun import COLUMNS, LABELS, ME, QUICK, begun, blobs, flipped, on, settled

DRAWN = trusting.drawn_secret  # before the tests' own takes its place
MILD = """
rule = "sphere"
[screens.sphere]
hold_back = 0.0001
[rates]
quarantine = 0
false_rejection = 1e-9
[caps]
share = 1
growth = 1
[whole]
level = 0
[sentinel]
tolerance = 0.49
"""
"""A policy that lets nearly everything pass."""


@pytest.fixture
def gate(gate_urls, tmp_path):
    gate = begun(tmp_path / "home", gate_urls)
    yield gate
    gate.close()


def in_force(gate):
    with gate.home.database.reading() as connection:
        return InForce.at(connection)


def test_a_new_gate_holds_its_root_and_policy(gate):
    told = list(gate.entries())
    assert [one["kind"] for one in told] == [Wrote.OPENED, Wrote.POLICY, Wrote.ROOT]
    assert {one["who"] for one in told} == {"local:me"}
    force = in_force(gate)
    root = rows_of(gate.home, force.root)
    assert root.select(["a", "b", "label"]).to_pylist() == blobs(400, seed=1000).to_pylist()
    assert gate.home.store.get(force.policy.body["text"]).decode() == QUICK
    again = Gate.open(gate.home.folder)
    assert again.home.form == gate.home.form
    again.close()


def test_what_was_left_out_or_guessed_is_told_in_the_first_root(tmp_path):
    trusted = blobs(80).append_column("who", pa.array(["me"] * 80))
    gate = Gate.init(tmp_path / "home", trusted, Columns("label", source="who"), act=ME, policy=QUICK)
    told, *_ = [*gate.entries()][-1]["body"]["notes"]
    assert (gate.home.form.names, told) == (("a", "b"), "column 'who' was left out: who hands rows in is their source")
    assert any("label 'bad' was taken as malicious by its name" in note for note in [*gate.entries()][-1]["body"]["notes"])
    gate.close()


def test_what_gate_toml_holds_is_for_its_owner_alone(tmp_path):
    gate = begun(tmp_path / "home", review={"persons": 2})
    file = tmp_path / "home" / "gate.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert Gate.open(tmp_path / "home").home.config.review.persons == 2
    gate.close()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"trusted": blobs(8)}, "trusted is"),
        ({"policy": 'rule = "nothing"'}, "nothing"),
        ({"policy": QUICK + "[caps]\nshare = 2\n"}, "must be TOML"),
        ({"review": {"persons": 3}}, "review.persons is 3"),
        ({"database": "mysql://x"}, "must be sqlite or postgresql"),
        ({"unknown": 1}, "unknown is .*not permitted"),
    ],
)
def test_bad_input_leaves_no_gate(tmp_path, changed, error):
    with pytest.raises(InvalidInput, match=error):
        begun(tmp_path / "home", **changed)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["a b?c", "a::b", "50%41", "h#x"])
def test_whatever_a_home_is_called_its_rows_lie_in_it(tmp_path, monkeypatch, name):
    """Also by a relative path, from which the process goes away."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path)
    gate = begun(Path(name), trusted=blobs(60, seed=1))
    again = Gate.open(Path(name))
    monkeypatch.chdir(tmp_path / "cwd")
    for number, one in enumerate((gate, again)):
        assert one.submit(blobs(5, seed=number), "web", act=ME).new
        one.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "cwd"])
    assert list((tmp_path / "cwd").iterdir()) == []
    assert {path.name for path in (tmp_path / name).iterdir()} >= {"gate.sqlite", "gate.toml", "objects"}


def test_a_home_that_cannot_be_made_is_bad_input(tmp_path):
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(InvalidInput, match="home is .*cannot be made"):
            begun(folder, trusted=blobs(60, seed=1))
    assert (tmp_path / "file").read_text() == "mine"


def test_of_two_who_begin_a_gate_in_one_folder_at_once_one_does(tmp_path):
    """The other leaves what is there alone."""
    start = threading.Barrier(8)

    def make(number):
        start.wait(30)
        try:
            with new_home(tmp_path / "home", {"limits": {"rows": number}}):
                return number
        except InvalidInput:
            return None

    with ThreadPoolExecutor(8) as pool:
        (winner,) = filter(None, pool.map(make, range(1, 9)))
    assert read(tmp_path / "home").limits.rows == winner


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(InvalidInput, match="must be a new or an empty folder"):
        begun(tmp_path)
    assert (tmp_path / "notes").read_text() == "mine"
    with pytest.raises(InvalidInput, match=r"holds no gate\.toml"):
        Gate.open(tmp_path)


def test_a_database_that_holds_a_ledger_is_left_alone(gate, tmp_path):
    before = len(list(gate.entries()))
    with pytest.raises(Conflict, match="holds a ledger already"):
        begun(tmp_path / "second", database=gate.home.database.url)
    assert len(list(gate.entries())) == before


def test_another_policy_judges_from_then_on(gate):
    first = gate.submit(flipped(blobs(40)), "web", act=ME).submission
    settled(gate)
    entry = gate.set_policy(MILD, act=on(1))
    second = gate.submit(flipped(blobs(40, seed=2)), "feed", act=on(1)).submission
    settled(gate)
    assert gate.submission(first).accepted < gate.submission(second).accepted
    assert [one["body"]["policy"] for one in gate.entries() if one["kind"] == Wrote.JUDGED] == [2, entry]


@pytest.mark.parametrize("text", ['rule = "sphere"\n[screens.sphere]\nhold_back = 7', "rule = 3", "rule = "])
def test_a_policy_that_cannot_judge_is_refused(gate, text):
    with pytest.raises(InvalidInput):
        gate.set_policy(text, act=on(1))
    assert in_force(gate).policy.seq == 2


def test_however_many_sources_there_are_no_writer_waits_for_each(gate):
    said: list[str] = []
    with gate.home.database.writing() as connection:
        for k in range(40):
            standings.known(connection, f"reader {k}")
    event.listen(gate.home.database._engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    gate.set_policy(gate.policy(), act=on(1))
    assert set(list(gate.entries())[-1]["body"]["standings"]) >= {f"reader {k}" for k in range(40)}
    assert len([text for text in said if "sources" in text]) <= 4


def test_a_new_root_is_trusted_in_place_of_the_old(gate):
    gate.submit(blobs(40), "web", act=ME)
    settled(gate)
    new = pa.concat_tables([blobs(300, seed=5), blobs(40)])
    learned = gate.submission(4).accepted
    assert gate.source("web").learned == learned > 0
    held = {tuple(row.values()) for row in gate.rows(4, limit=40).to_pylist() if row["decision"] != "accept"}
    keep = [tuple(row.values()) not in {found[:3] for found in held} for row in new.to_pylist()]
    entry = gate.rotate_root(new.filter(pa.array(keep)), act=on(2))
    force = in_force(gate)
    assert (force.root.seq, force.root.body["version"]) == (entry, 2)
    assert gate.source("web").learned == 0
    with gate.home.database.reading() as connection:
        stood = standings.of(connection, "web")
    assert (stood.common.root, stood.own.learned) == (sum(keep), 0)
    found = judges(gate.home, force.policy.body["text"], force.root.body["data"], None)
    assert len(found.panel.trusted) == sum(keep)


def test_rows_that_were_held_back_cannot_become_trusted(gate):
    poison = flipped(blobs(40))
    number = gate.submit(poison, "web", act=ME).submission
    settled(gate)
    held = gate.submission(number).quarantined + gate.submission(number).rejected
    with pytest.raises(Conflict, match=f"{held} of these rows wait, or were rejected"):
        gate.rotate_root(pa.concat_tables([blobs(100, seed=5), poison]), act=on(2))
    assert in_force(gate).root.seq == 3


def test_protected_rows_hold_back_what_would_turn_them(tmp_path, monkeypatch):
    monkeypatch.setattr("amlsec.gate.trusting.drawn_secret", lambda: 2)  # which rows judge says how much passes
    gate = begun(tmp_path / "home", policy=MILD)
    poison = flipped(blobs(1200, seed=3))
    gate.protect(blobs(300, seed=7), act=ME)
    number = gate.submit(poison, "web", act=ME).submission
    settled(gate)
    (check,) = [one for one in gate.evidence(number)["checks"] if one["name"] == "turned"]
    assert check["fired"]
    assert check["value"] > 100
    assert gate.submission(number).accepted == 0
    gate.close()


def test_harm_to_protected_rows_that_adds_up_over_submissions_is_held_against_the_last(tmp_path, monkeypatch):
    monkeypatch.setattr("amlsec.gate.trusting.drawn_secret", lambda: 2)
    near = pa.table({"a": [1.1], "b": [1.1], "label": ["ok"]})
    drops = [blobs(12, seed=20 + number).filter(pc.equal(pa.array(["ok", "bad"] * 6), "ok")) for number in range(40)]
    drops = [flipped(rows) for rows in drops]

    def until_one_turns(folder, submissions):
        gate, turned = begun(folder, policy=MILD), []
        gate.protect(near, act=ME)
        while 1 not in turned and len(turned) < len(submissions):
            number = gate.submit(submissions[len(turned)], "frog", act=ME).submission
            settled(gate)
            turned.append(_value(gate, number, "turned"))
        gate.close()
        return turned

    together = until_one_turns(tmp_path / "frog", drops)
    first = together.index(1)
    assert first > 3
    assert until_one_turns(tmp_path / "alone", [drops[first]]) == [0]


def _value(gate, number, name):
    return next(check["value"] for check in gate.evidence(number)["checks"] if check["name"] == name)


def test_the_secret_of_a_root_is_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("amlsec.gate.trusting.drawn_secret", DRAWN)
    secrets = []
    for name in ("one", "two"):
        gate = Gate.init(tmp_path / name, blobs(60, seed=1), COLUMNS, LABELS, act=ME, policy=QUICK)
        force = in_force(gate)
        secrets.append(judges(gate.home, force.policy.body["text"], force.root.body["data"], None).secret)
        gate.close()
    assert secrets[0] != secrets[1]
    assert max(secrets) > 2**64  # so that nobody can try them all on the rows that a cap let through
