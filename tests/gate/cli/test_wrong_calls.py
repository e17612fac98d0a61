"""Every wrong call is one line that says what is wrong, and changes nothing."""

import inspect
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from amlsec.gate.cli import common, operating
from amlsec.gate.cli.rows import MOST_SHOWN
from amlsec.gate.config import Server
from called import one_line
from gate.cli.conftest import INIT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("init", "nowhere.csv", "--target", "label", "--home", "new"), "no such file"),
        (("init", "trusted.csv", "--target", "lable", "--home", "new"), "did you mean 'label'"),
        ((*INIT[:-1], "nowhere.toml", "--home", "new"), "must be a readable UTF-8 file"),
        ((*INIT, "--database", "mysql://x", "--home", "new"), "must be sqlite or postgresql"),
        (INIT, "must be a new or an empty folder"),
        (("submit", "nowhere.csv", "--source", "desk"), "nowhere.csv"),
        (("submit", "trusted.csv", "--source", ""), "source"),
        (("submit", "policy.toml", "--source", "desk", "--format", "xml"), "format"),
        (("submit", "policy.toml", "--source", "desk", "--format", "csv"), "has no column"),
        (("status", 999), "there is no submission 999"),
        (("status", "--limit", 0), "limit is 0"),
        (("review", 1, "maybe", "--reason", "x"), "must be accept or reject"),
        (("review", 999, "accept", "--reason", "x"), "there is no submission 999"),
        (("review", 1, "accept", "--reason", "x", "--rows", "7-3"), "must be positions and ranges"),
        (("review", 1, "accept", "--reason", "x", "--rows", "0-99999999"), "a range must hold at most"),
        (("undo", 1, "--reason", "x"), "entry 1"),
        (("sources", "nobody"), "there is no source 'nobody'"),
        (("register", "desk", "--exposure", "all"), "must be one of"),
        (("register", "desk", "--verified", 2), "must lie in [0, 1]"),
        (("clear", "nobody", "--reason", "x"), "there is no source 'nobody'"),
        (("snapshot", "--number", 999), "there is no snapshot 999"),
        (("model", 999, "m"), "snapshot 999"),
        (("rollback", "--source", "nobody", "--since", "2026-01-01", "--reason", "x"), "nobody"),
        (("rollback", "--source", "desk", "--since", "yesterday", "--reason", "x"), "must be a time as in ISO 8601"),
        (("policy", "set", "trusted.csv"), "must be TOML"),
        (("root", "rotate", "nowhere.csv"), "nowhere.csv"),
        (("keys", "nowhere/signing"), "No such file"),
        (("verify", "--key", "nowhere.pub"), "holds no key"),
        (("verify", "--checkpoint", "policy.toml"), "holds no checkpoint"),
        (("checkpoint", "policy.toml"), "holds no key"),
        (("export", "rows", 999, "out.csv"), "there is no submission 999"),
        (("export", "quarantine", "out.csv", "--format", "xml"), "format"),
        (("user", "add", "ada", "--password", "short"), "password"),
        (("user", "add", "ada", "--password", "correct horse battery", "--role", "king"), "must be one of"),
        (("user", "disable", "nobody"), "there is no user 'nobody'"),
        (("token", "make", "feed"), "must be named for a submitter"),
        (("token", "revoke", "nobody"), "there is no token 'nobody'"),
        (("backup", "trusted.csv"), "is there already"),
        (("restore", "nowhere", "--home", "new"), "nowhere"),
        (("serve", "--port", 99999), "server.port is 99999"),
        (("serve", "--workers", -1), "server.workers is -1"),
        (("work", "--home", "nowhere"), "holds no gate.toml"),
    ],
)
def test_a_wrong_call_is_one_line_and_changes_nothing(gate, folder, words, said):
    before = everything(folder)
    code, out, err = gate(*words)
    assert (code, out) == (2, ""), err
    assert said in err
    assert one_line(err)
    assert everything(folder) == before


def everything(folder):
    """The ledger, and the names of all files."""
    with closing(sqlite3.connect(folder / "amlsec-gate" / "gate.sqlite")) as database:
        hashes = database.execute("SELECT hash FROM ledger ORDER BY seq").fetchall()
    return hashes, {path for path in folder.rglob("*") if path.is_file() and "gate.sqlite" not in path.name}


def test_a_store_that_is_away_is_told_by_its_own_code(gate, folder):
    Path("amlsec-gate/objects").rename("gone")
    Path("amlsec-gate/objects").write_text("")
    code, out, err = gate("submit", "day.csv", "--source", "desk")
    assert (code, out) == (3, "")
    assert one_line(err)
    assert gate("status")[1].count("\n") == 1


def test_missing_libraries_are_named(gate, monkeypatch):
    found = common.importlib.util.find_spec
    monkeypatch.setattr(common.importlib.util, "find_spec", lambda name: None if name == "alembic" else found(name))
    code, _, err = gate("status")
    assert (code, err) == (2, "amlsec: alembic is 'missing': needs the gate extra: pip install 'amlsec[gate]'\n")


def test_words_of_others_neither_style_nor_move_the_line(gate):
    Path("evil.csv").write_text("a,b,label\n1,1,[red]\x1b[2J\u202e\n")
    _, _, err = gate("submit", "evil.csv", "--source", "desk")
    assert one_line(err)
    assert not {"\x1b", "\u202e"} & set(err)
    gate("submit", "day.csv", "--source", "[red]x[/] [link=y]")
    for command in ("status", "sources"):
        assert "[red]x[/] [link=y]" in gate(command)[1]


def test_help_loads_no_library_of_the_gate():
    code = (
        "import sys; from amlsec.cli import app; "
        "print({'sqlalchemy', 'fsspec', 'fastapi', 'cryptography'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_defaults_are_those_of_the_configuration():
    options = inspect.signature(operating.serve).parameters
    assert {name for name in ("host", "port", "workers") if options[name].default is not None} == set()
    assert {"host", "port", "workers"} <= set(Server.model_fields)
    assert MOST_SHOWN > 0
