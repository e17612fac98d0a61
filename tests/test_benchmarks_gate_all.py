"""The run of all benchmarks of the gate: what ended well is kept, what did not leaves nothing, and a stop breaks nothing."""

import importlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
STOPPED = """
import signal, sys, gate_all
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests in the background has it ignored
words = {"one": ["-c", "print('first')"], "two": ["-c", "import signal; print('begun', flush=True); signal.pause()"]}
gate_all.PARTS, gate_all.command = ("one", "two"), lambda part, _: words[part]
sys.exit(gate_all.main(["--out", sys.argv[1]]))
"""


@pytest.fixture
def gate_all(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("gate_all")


@pytest.mark.parametrize("small", [True, False])
def test_every_part_is_a_script_of_this_repository(gate_all, small):
    for part in gate_all.PARTS:
        assert any(Path(word).is_file() for word in gate_all.command(part, small))


def test_what_ended_well_is_kept_and_not_run_again(gate_all, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(gate_all, "PARTS", ("good", "bad", "later"))
    words = {"good": "print('a line')", "bad": "print('so far'); raise SystemExit(3)", "later": "print('last')"}
    monkeypatch.setattr(gate_all, "command", lambda part, _: ["-c", words[part]])
    assert gate_all.main(["--out", str(tmp_path)]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["good.txt"]
    assert re.match(r"a line\n\ngood: \d+ min \d+ s, load", (tmp_path / "good.txt").read_text())
    words["bad"] = "print('mended')"
    capsys.readouterr()
    assert gate_all.main(["--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.txt", "good.txt", "later.txt"]
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'good.txt'} is kept\nmended\n")


def test_ctrl_c_keeps_what_is_finished(tmp_path):
    command = [sys.executable, "-c", STOPPED, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True) as run:
        said = iter(run.stdout.readline, "begun\n")
        assert next(said) == "first\n"
        list(said)
        os.killpg(run.pid, signal.SIGINT)
        assert "two: stopped; run again to go on" in run.stdout.read()
    assert run.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["one.txt"]
