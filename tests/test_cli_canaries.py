"""`amlsec canaries`: from planting to an audit that finds them, and every wrong call is one clear line."""

import inspect

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from amlsec.canaries.plant import Wanted
from amlsec.canaries.register import read
from amlsec.cli import canaries
from called import MAILS, QUICK, call, findings, one_line
from grounds import mails

PLANT = ("canaries", "plant", "mails.csv", "--target", "label", "--text", "text")
REGISTER = "amlsec-canaries/amlsec-canaries.toml"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    batch = mails(300)
    y = np.where(batch.y == 1, "spam", "ham")
    csv.write_csv(pa.table({"text": batch.X.tolist(), "label": y, "from": batch.source.tolist()}), tmp_path / "mails.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_planted_listed_and_found_by_an_audit(folder, capsys):
    before = (folder / "mails.csv").read_bytes()
    told = ("--count", 12, "--copies", 2, "--holder", "DPO", "--about", "[red]codes\x1b[2J", "--source", "from", "--seed", 4)
    code, out, err = call(capsys, *PLANT, *told)
    assert (code, err) == (0, "")
    register = read(folder / REGISTER)
    planted = [name for name, canary in register.canaries.items() if canary.planted]
    assert f"{len(planted)} of 12 canaries are to be planted: add the {2 * len(planted)} rows to" in out
    assert (folder / "mails.csv").read_bytes() == before

    code, out, _ = call(capsys, "canaries", "list", REGISTER)
    assert code == 0
    assert len(out.splitlines()) == 13
    assert "[red]codes" in out
    assert "\x1b" not in out

    lines = (folder / "amlsec-canaries" / "canaries.csv").read_text().splitlines(keepends=True)[1:]
    (folder / "mails.csv").write_text(before.decode() + "".join(lines))
    bar = ("--queries", 300, "--only", "AML-C01", "--fail-on", "high")
    code, _, err = call(capsys, *MAILS, *QUICK, "--canaries", REGISTER, *bar)
    assert code == 1, err
    found = findings(folder / "amlsec-report")["AML-C01"]
    assert [row["canary"] for row in found["table"] if row["given away"] == "yes"] == planted
    assert found["trials"] == len(planted)


def test_a_register_cannot_write_to_the_terminal_by_a_mistake_in_it(folder, capsys):
    (folder / "r.toml").write_text('[canaries."\\u001b[2J"]\nrecipe = "none"\ntext = "x"\nlabel = "spam"\n')
    code, _, err = call(capsys, "canaries", "list", "r.toml")
    assert (code, err.split(".recipe")[0]) == (2, "amlsec: canaries.⟨U+001B⟩[2J")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("canaries", "plant", "nowhere.csv", "--target", "label"), "no such file"),
        (("canaries", "plant", "mails.csv", "--target", "lable"), "did you mean 'label'"),
        ((*PLANT, "--count", 1), "count is 1"),
        ((*PLANT, "--copies", 0), "copies is 0"),
        ((*PLANT, "--pattern", "no gap"), "must hold {} once"),
        (("canaries", "list", "nowhere.toml"), "must be a readable UTF-8 file"),
        ((*MAILS, "--canaries", "nowhere.toml"), "must be a readable UTF-8 file"),
        ((*MAILS, "--canaries", "mails.csv"), "must be TOML"),
    ],
)
def test_a_wrong_call_is_one_line_and_leaves_nothing(folder, capsys, words, said):
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert said in err
    assert one_line(err)
    assert [path.name for path in folder.iterdir()] == ["mails.csv"]


def test_a_second_planting_overwrites_nothing(folder, capsys):
    call(capsys, *PLANT)
    kept = (folder / REGISTER).read_bytes()
    code, _, err = call(capsys, *PLANT)
    assert (code, (folder / REGISTER).read_bytes()) == (2, kept)
    assert "is there already, and is not overwritten" in err


def test_the_command_and_the_function_have_the_same_defaults():
    options = inspect.signature(canaries._plant).parameters
    assert {name: options[name].default for name in ("count", "copies", "pattern", "holder", "about")} == {
        name: getattr(Wanted(), name) for name in ("count", "copies", "pattern", "holder", "about")
    }
