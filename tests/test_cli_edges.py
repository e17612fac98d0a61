"""Corners of the command line: nought is an answer, and a report needs a place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from amlsec.audit import run
from amlsec.cli.app import main
from amlsec.errors import InvalidInput

TABLE = "a,label\n" + "".join(f"{i}.5,{'spam' if i % 2 else 'ham'}\n" for i in range(200))


def _call(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["amlsec", "audit", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code


def test_nought_is_told_and_not_taken_for_silence(monkeypatch, capsys):
    def seen(settings, _):
        raise InvalidInput("settings", (settings.queries, settings.cost, settings.share), "were seen")

    monkeypatch.setattr(run, "audited", seen)
    zeros = ("--queries", 0, "--cost", 0, "--share", 0)
    assert _call(monkeypatch, "t.csv", "--target", "label", *zeros) == 2
    assert "(0, 0.0, 0.0)" in capsys.readouterr().err
    assert _call(monkeypatch, "t.csv", "--target", "label", "--minutes", 0) == 2
    assert "minutes is 0" in capsys.readouterr().err


def test_an_out_that_is_no_folder_is_a_wrong_call(monkeypatch, capsys, tmp_path):
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "taken").write_text("a file")
    assert _call(monkeypatch, tmp_path / "t.csv", "--target", "label", "--out", tmp_path / "taken") == 2
    assert "cannot hold the report" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "a file"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_neither_a_closed_pipe_nor_a_poor_terminal_changes_the_exit_code(encoding, tmp_path):
    program = (
        "import sys\nfrom audit import example\nfrom amlsec.cli.app import main\nfrom amlsec.audit import files, run\n"
        "run.audited = lambda *_: example.result([example.finding(title='caf\\u00e9')] * 3000, failed=[], headline=[])\n"
        "files.write = lambda *_: []\n"
        "sys.argv = ['amlsec', 'audit', 't.csv', '--target', 'label']\nmain()\n"
    )
    told = {"PYTHONPATH": str(Path(__file__).parent), "PYTHONIOENCODING": encoding, "COLUMNS": "80"}
    environment = os.environ | told
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=tmp_path) as shown:
        first = shown.stdout.readline()
        if encoding == "utf-8":
            shown.stdout.close()
        rest = b"" if encoding == "utf-8" else shown.stdout.read()
        assert shown.stderr.read() == b""
    assert shown.returncode == 0
    assert b"severity" in first
    assert (b"caf\\xe9" in rest) == (encoding == "ascii")
