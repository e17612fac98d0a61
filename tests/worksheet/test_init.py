"""`amlsec init` as a user meets it, and the audit that follows."""

import builtins
import json
import os
import tomllib
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from amlsec.register import read as read_register
from called import call, one_line
from grounds import mails


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a table of mails from three sources."""
    batch = mails()
    labels = np.where(batch.y == 1, "spam", "ham")
    csv.write_csv(
        pa.table({"body": batch.X.tolist(), "label": labels, "source": batch.source.tolist()}), tmp_path / "mails.csv"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def typed(monkeypatch):
    """Answers that are typed at a terminal, one a question; then the input ends."""

    def types(*answers):
        left = iter(answers)
        said = []

        def hear(prompt):
            said.append(prompt)
            try:
                return next(left)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr(builtins, "input", hear)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        return said

    return types


def config(folder):
    return tomllib.loads((folder / "amlsec.toml").read_text("utf-8"))


def test_defaults_alone_make_an_audit_that_runs(folder, capsys):
    code, out, _ = call(capsys, "init", "mails.csv", "--defaults")
    assert code == 0
    assert out.splitlines()[:2] == ["amlsec.toml", "sources.toml"]
    assert out.splitlines()[-1] == "Next: amlsec audit"
    assert config(folder)["audit"]["source_register"] == "sources.toml"
    assert sorted(source.name for source in read_register("sources.toml").sources) == ["desk", "partner", "web"]
    code, _, err = call(capsys, "audit", "--only", "AML-M01", "--seeds", 1, "--jobs", 1, "--out", "told")
    assert code == 0
    assert "as amlsec.toml says" in err
    report = json.loads((folder / "told" / "report.json").read_text())
    assert (report["subject"]["malicious_label"], report["subject"]["sources"]) == ("spam", 3)
    assert "a finding of severity high or worse" in report["bar"]
    assert "--config amlsec.toml" in report["run"]["command"]


def test_a_call_that_names_its_data_does_not_read_it(folder, capsys):
    (folder / "amlsec.toml").write_text("[audit]\nshare = 7\n")
    code, _, err = call(capsys, "audit", "nowhere.csv", "--target", "label")
    assert code == 2
    assert "no such file" in err
    code, _, err = call(capsys, "audit")
    assert code == 2
    assert "share is 7" in err


def test_answers_are_asked_again_until_they_hold(folder, capsys, typed):
    said = typed(
        "lable", "", "", "", "", "", "", "", "staff", "all", "anyone", "partners", "0.9", "0.02", "labels", *[""] * 7
    )
    code, out, _ = call(capsys, "init", "mails.csv")
    assert code == 0, out
    assert "did you mean 'label'" in out
    assert "must be one of anyone, registered, partners, staff" in out
    assert "share is '0.9'" in out
    assert said[:3] == ["   [label] ", "   [label] ", "   [spam] "]
    made = config(folder)["audit"]
    assert (made["share"], made["access"], made["fail_on"]) == (0.02, "labels", "high")
    exposures = {source.name: source.exposure for source in read_register("sources.toml").sources}
    assert sorted(exposures.values()) == ["anyone", "partners", "staff"]


@pytest.mark.parametrize("named", [["mails.csv"], ["--answer", "data=mails.csv"], []], ids=["argument", "answer", "typed"])
def test_a_table_that_cannot_be_audited_is_asked_for_again_and_nothing_else(folder, capsys, typed, named):
    (folder / "mails.csv").rename(folder / "good.csv")
    (folder / "mails.csv").write_text("body,label,source\na b,ham,web\nc d,spam,desk\n")
    first, columns = [] if named else ["mails.csv"], ["label", "spam", "body", "source", "-", "-", "-"]
    said = typed(*first, *columns, "nowhere.csv", "good.csv", "staff", *[""] * 20)
    code, out, _ = call(capsys, "init", *named)
    assert code == 0, out
    assert "   rows to train is [" in out
    assert said[len(first) + len(columns)] == "   [mails.csv] "
    questions = Counter(text for text in out.splitlines() if text.endswith("?"))
    assert questions.pop("Which table is the model trained on?") == 2 + len(first)
    assert set(questions.values()) == {1}
    assert "no such file" in out
    made = config(folder)["audit"]
    assert (made["data"], made["target"], made["text"], made["source"]) == ("good.csv", "label", "body", "source")


def test_a_file_that_is_no_table_is_asked_for_again_at_once(folder, capsys, typed):
    (folder / "mails.pkl").write_text("x")
    said = typed("mails.pkl", "mails.csv", *[""] * 30)
    code, out, _ = call(capsys, "init")
    assert code == 0, out
    assert "a pickle can run code" in out
    assert said[:3] == ["   [data.csv] ", "   [mails.pkl] ", "   [label] "]


@pytest.mark.parametrize("answers", [["mails.csv", "lable"], ["few.csv", *[""] * 30], ["few.pkl", "mails.csv", *[""] * 30]])
def test_without_a_terminal_a_wrong_answer_ends_it(folder, capsys, typed, monkeypatch, answers):
    typed(*answers)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    (folder / "few.csv").write_text("a,label\n1,x\n2,y\n3,x\n4,y\n")
    (folder / "few.pkl").write_text("x")
    before = sorted(folder.iterdir())
    code, _, err = call(capsys, "init")
    assert code == 2
    assert one_line(err), err
    assert "answer at a terminal" not in err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.csv", "--defaults"), "no such file"),
        (("mails.csv", "--defaults", "--answer", "target=lable"), "did you mean 'label'"),
        (("mails.csv", "--defaults", "--answer", "share=0.9"), "share is '0.9'"),
        (("mails.csv", "--defaults", "--answer", "sharing=0.9"), "must be KEY=VALUE, the key one of data, target"),
        (("mails.csv", "--defaults", "--answer", "share"), "must be KEY=VALUE"),
        (
            ("mails.csv", "--defaults", "--answer", "share=0.1", "--answer", "share=0.2"),
            "is the second for share, after 0.1",
        ),
        (("mails.csv", "--defaults", "--answer", "exposure.a=b=staff"), "'exposure.a=b': is not asked here"),
        (("mails.csv", "--defaults", "--answer", "data=other.csv"), "says otherwise than DATA, mails.csv"),
        (("mails.csv", "--defaults", "--answer", "exposure.nobody=staff"), "is not asked here"),
        (("mails.csv", "--defaults", "--answer", "sensitive=body"), "is not asked here"),
        (("three.csv", "--defaults"), "say --answer malicious=VALUE"),
        (("few.csv", "--defaults"), "benign and malicious: need at least 10 distinct rows"),
        (("nan.csv", "--defaults"), "NaN or infinite"),
        (("table.pkl", "--defaults"), "a pickle can run code"),
        (("mails.csv",), "say --defaults"),
    ],
)
def test_a_wrong_call_is_one_line_and_leaves_nothing(folder, capsys, typed, words, said):
    typed()
    for name, text in {
        "three.csv": "a,label\n1,x\n2,y\n3,z\n",
        "few.csv": "a,label\n1,x\n2,y\n3,x\n4,y\n",
        "nan.csv": "a,label\n1,x\nnan,y\n",
        "table.pkl": "x",
    }.items():
        (folder / name).write_text(text)
    before = sorted(folder.iterdir())
    code, _, err = call(capsys, "init", *words)
    assert code == 2
    assert said in err
    assert one_line(err), err
    assert sorted(folder.iterdir()) == before


def test_nothing_is_overwritten_but_by_force(folder, capsys):
    (folder / "amlsec.toml").write_text("mine")
    code, _, err = call(capsys, "init", "mails.csv", "--defaults")
    assert (code, (folder / "amlsec.toml").read_text()) == (2, "mine")
    assert "--force" in err
    (folder / "sources.toml").write_text('[sources.web]\nexposure = "staff"\n')
    code, out, _ = call(capsys, "init", "mails.csv", "--defaults", "--force")
    assert code == 0
    assert out.splitlines()[:1] == ["amlsec.toml"]
    assert "sources.toml" not in out
    assert config(folder)["audit"]["target"] == "label"
    assert (folder / "sources.toml").read_text() == '[sources.web]\nexposure = "staff"\n'


def test_a_register_that_is_broken_is_told_before_more_is_asked(folder, capsys):
    (folder / "sources.toml").write_text('[sources.web]\nexposure = "everyone"\n')
    code, _, err = call(capsys, "init", "mails.csv", "--defaults")
    assert code == 2
    assert "sources.web.exposure in sources.toml is 'everyone'" in err
    assert not (folder / "amlsec.toml").exists()


def test_a_table_that_is_to_come_is_asked_for_by_name(folder, capsys):
    code, _, _ = call(
        capsys, "init", "--defaults", "--answer", "data=later.csv", "--answer", 'growing_columns=links, "a, b"'
    )
    assert code == 0
    made = config(folder)
    assert (made["audit"]["data"], made["audit"]["target"]) == ("later.csv", "label")
    assert made["columns"] == {"links": {"may": "up"}, "a, b": {"may": "up"}}


def test_a_disk_that_fails_leaves_neither_file(folder, capsys, monkeypatch):
    def fails(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    code, _, err = call(capsys, "init", "mails.csv", "--defaults")
    assert code == 2
    assert "No space left on device" in err
    assert [path.name for path in folder.iterdir()] == ["mails.csv"]


def test_who_stops_it_has_written_nothing(folder, capsys, monkeypatch):
    def stops(prompt):
        raise KeyboardInterrupt

    monkeypatch.setattr(builtins, "input", stops)
    code, _, err = call(capsys, "init", "mails.csv")
    assert (code, err) == (130, "amlsec: stopped; nothing was written\n")
    assert [path.name for path in folder.iterdir()] == ["mails.csv"]
