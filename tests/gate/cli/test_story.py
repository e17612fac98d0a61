"""From the first rows to a rollback, by commands alone."""

import json
import re
import stat

import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from amlsec.gate.act import here
from gate.cli.conftest import INIT


def told(gate, *words, code=0):
    """What a command prints as JSON."""
    found, out, err = gate(*words, "--json")
    assert (found, err) == (code, "")
    return json.loads(out)


def test_rows_are_judged_decided_on_learned_and_taken_back(gate):
    code, out, _ = gate("submit", "day.csv", "--source", "desk", "--key", "2026-01-01")
    day = int(re.match(r"submission (\d+) of desk: ", out)[1])
    assert re.search(r"received +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", out)
    lies = told(gate, "submit", "lies.csv", "--source", "liar", code=1)
    assert (lies["accepted"], lies["rows"]) == (0, 30)
    assert told(gate, "submit", "day.csv", "--source", "desk", code=code)["id"] == day

    code, out, _ = gate("status", lies["id"])
    assert code == 0
    assert "screens (sphere)" in out
    assert "sphere: distance from its label" in out
    waiting = {one["id"] for one in told(gate, "status") if one["quarantined"]}
    assert {one["id"] for one in told(gate, "queue")} == waiting
    assert {one["id"] for one in told(gate, "status")} == {day, lies["id"]}
    assert [one["id"] for one in told(gate, "search", "liar")] == [lies["id"]]

    done = told(gate, "review", lies["id"], "accept", "--rows", "0,2-4", "--reason", "looked at them")
    assert (done["accepted"], done["effective"]) == (4, True)
    history = told(gate, "status", lies["id"])["history"]
    assert (history[-1]["who"], history[-1]["why"]) == (here().who, "looked at them")

    first = told(gate, "snapshot", "--out", "first")
    assert (
        pq.read_table("first/data.parquet").num_rows
        == first["rows"]
        == 400 + 4 + told(gate, "status", day)["submission"]["accepted"]
    )
    code, out, _ = gate("model", first["id"], "filter-1")
    assert (code, "filter-1 was trained on snapshot" in out) == (0, True)

    code, out, _ = gate("rollback", "--source", "liar", "--since", "2020-01-01", "--reason", "it lied")
    assert code == 0
    assert "4 of their rows had been learned" in out
    assert "filter-1" in out
    [second, _] = told(gate, "snapshots")
    assert second["rows"] == first["rows"] - 4
    entry = next(one["seq"] for one in told(gate, "status", lies["id"])["history"][::-1] if one["kind"] == "rolled back")
    assert gate("undo", entry, "--reason", "it was another")[:2] == (0, f"entry {entry} is undone by entry {entry + 2}\n")
    assert told(gate, "snapshot")["rows"] == first["rows"]

    listed = {one["name"]: one for one in told(gate, "sources")}
    assert set(listed) == {"desk", "liar"}
    assert listed["liar"]["learned"] == 4
    code, out, _ = gate("register", "desk", "--exposure", "staff", "--authenticated", "--verified", 0.5)
    assert (code, "staff" in out) == (0, True)
    assert told(gate, "sources", "desk")["source"]["likelihood"][0] < listed["desk"]["likelihood"][0]
    assert gate("verify")[0] == 0


def test_what_it_judges_by_is_shown_and_changed(gate, folder):
    assert gate("policy", "show")[1].strip() == (folder / "policy.toml").read_text().strip()
    stricter = (folder / "policy.toml").read_text() + "\n[sentinel]\nlevel = 0.02\n"
    (folder / "stricter.toml").write_text(stricter)
    assert gate("policy", "set", "stricter.toml", "--reason", "stricter")[0] == 0
    assert told(gate, "policy", "show")["sentinel"]["level"] == 0.02
    assert gate("root", "rotate", "fresh.csv")[0] == 0
    assert gate("protect", "trusted.csv")[0] == 0
    kinds = [entry["kind"] for entry in ledger(gate, folder)]
    assert kinds == ["opened", "policy", "root", "policy", "root", "protected"]


def ledger(gate, folder):
    assert gate("export", "ledger", "ledger.jsonl")[0] == 0
    lines = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    (folder / "ledger.jsonl").unlink()
    return lines


def test_a_checkpoint_kept_elsewhere_shows_what_was_cut_off(gate, folder):
    assert gate("keys", "signing")[0] == 0
    assert stat.S_IMODE((folder / "signing").stat().st_mode) == 0o600
    gate("submit", "day.csv", "--source", "desk")
    assert gate("checkpoint", "signing", "--out", "kept.json")[0] == 0
    code, out, _ = gate("verify", "--key", "signing.pub", "--checkpoint", "kept.json")
    assert (code, "All is as it was written." in out) == (0, True)
    forged = json.loads((folder / "kept.json").read_text())
    (folder / "forged.json").write_text(json.dumps({**forged, "hash": "0" * 64}))
    code, out, _ = gate("verify", "--key", "signing.pub", "--checkpoint", "forged.json")
    assert (code, "FAULT" in out) == (1, True)
    assert told(gate, "verify", "--checkpoint", "forged.json", code=1)["faults"]


def test_rows_are_exported_in_every_format(gate, folder):
    number = told(gate, "submit", "lies.csv", "--source", "liar", code=1)["id"]
    assert gate("export", "rows", number, "rows.csv")[0] == 0
    assert csv.read_csv(folder / "rows.csv").num_rows == 30
    assert gate("export", "quarantine", "held.parquet", "--format", "parquet")[0] == 0
    assert pq.read_table(folder / "held.parquet").num_rows == sum(one["quarantined"] for one in told(gate, "queue"))


def test_people_and_programs(gate, monkeypatch):
    monkeypatch.setenv("AMLSEC_GATE_PASSWORD", "correct horse battery")
    assert gate("user", "add", "ada", "--role", "admin")[0] == 0
    assert gate("user", "disable", "ada")[0] == 0
    assert told(gate, "user", "list") == [{"name": "ada", "role": "admin", "disabled": True}]
    assert gate("user", "enable", "ada")[0] == gate("user", "password", "ada")[0] == 0
    code, secret, _ = gate("token", "make", "feed", "--source", "feed", "--days", 30)
    assert (code, secret.startswith("amlsec_"), secret.count("\n")) == (0, True, 1)
    assert gate("token", "revoke", "feed")[0] == 0
    [token] = told(gate, "token", "list")
    assert (token["role"], token["source"], token["revoked"]) == ("submitter", "feed", True)
    assert gate("verify")[0] == 0


def test_a_backup_is_restored_elsewhere(gate, folder):
    told(gate, "submit", "lies.csv", "--source", "liar", code=1)
    assert gate("backup", "kept")[0] == 0
    assert gate("restore", "kept", "--home", "again")[0] == 0
    assert gate("verify", "--home", "again")[0] == 0
    assert told(gate, "queue", "--home", "again") == told(gate, "queue")
    assert gate("migrate", "--home", "again")[0] == 0


def test_rows_may_come_by_standard_input_and_wait_for_a_worker(gate, folder, monkeypatch):
    with (folder / "day.csv").open("rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file})())
        code, out, _ = gate("submit", "-", "--source", "desk", "--format", "csv", "--no-wait")
    assert (code, out.endswith("40 rows wait for a verdict\n")) == (0, True)
    [one] = told(gate, "status", "--source", "desk")
    assert one["stands"] == "waiting"


def test_the_home_may_be_named_by_the_environment(gate, folder, monkeypatch):
    (folder / "amlsec-gate").rename(folder / "elsewhere")
    assert gate("status")[0] == 2
    monkeypatch.setenv("AMLSEC_GATE", str(folder / "elsewhere"))
    assert gate("status")[0] == 0


@pytest.mark.system
def test_the_same_on_postgresql_and_s3(gate, folder, postgres, s3, monkeypatch):
    for name, option in (("ENDPOINT_URL", "endpoint_url"), ("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "secret")):
        monkeypatch.setenv(f"AWS_{name}", s3.options[option])
    home = ("--home", "elsewhere")
    assert gate(*INIT, "--database", postgres(), "--objects", s3.url, *home)[0] == 0
    lies = told(gate, "submit", "lies.csv", "--source", "liar", *home, code=1)
    told(gate, "review", lies["id"], "accept", "--reason", "looked at them", *home)
    assert told(gate, "snapshot", *home)["rows"] == 430
    told(gate, "rollback", "--source", "liar", "--since", "2020-01-01", "--reason", "it lied", *home)
    assert gate("verify", *home)[0] == 0
    assert sorted(path.name for path in (folder / "elsewhere").iterdir() if path.is_file()) == ["gate.toml"]
