"""A gate made by the command line, in a folder with files to hand in."""

import shutil
from contextlib import redirect_stdout
from io import StringIO

import pytest
from pyarrow import csv

from called import call, exit_code
from gate.begun import QUICK, blobs, flipped

INIT = ("init", "trusted.csv", "--target", "label", "--malicious", "bad", "--benign", "ok", "--policy", "policy.toml")


@pytest.fixture(scope="session")
def made(tmp_path_factory, one_draw, lent_readers):
    """Made once: trusted rows, a day's rows, a liar's rows, a policy, and a gate in its default home."""
    folder = tmp_path_factory.mktemp("cli")
    for name, table in {
        "trusted": blobs(400, 1000),
        "fresh": blobs(400, 2000),
        "day": blobs(40, 1),
        "lies": flipped(blobs(30, 2)),
    }.items():
        csv.write_csv(table, folder / f"{name}.csv")
    (folder / "policy.toml").write_text(QUICK)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as out:
        patch.chdir(folder)
        assert exit_code(["gate", *INIT]) == 0
    assert out.getvalue().splitlines()[-1] == "amlsec-gate: ready. Malicious: bad; benign: ok."
    return folder


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    """A copy of its own to work in."""
    shutil.copytree(made, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def gate(folder, capsys):
    """Call `amlsec gate WORDS`: exit code, out, err."""

    def run(*words):
        return call(capsys, "gate", *words)

    return run
