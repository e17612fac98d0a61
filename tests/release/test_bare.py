"""The wheel alone, in an environment with nothing else: it starts quickly, audits, and tells a type checker its types."""

import json
import subprocess
import sys

import pytest

from release.scripts import FOLDER, script

pytestmark = pytest.mark.slow
USER = """
from amlsec import EvasionBudget, PoisonBudget
from amlsec.errors import InvalidInput

share: float = PoisonBudget(0.1).share
reveal_type(InvalidInput("share", 1.5, "must lie in [0, 1)").rule)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, FOLDER / "dist.py", folder / "dist"], check=True, capture_output=True)
    script("bare").bare(folder / "env", next((folder / "dist").glob("*.whl")))
    return folder


def amlsec(place, *words):
    ended = subprocess.run([place / "env/bin/amlsec", *words], cwd=place, capture_output=True, text=True, check=False)
    assert ended.stderr == "" or words[0] == "audit"
    return ended


def test_it_is_installed_alone(place):
    sizes = script("bare").sizes(place / "env/bin/python")
    assert "pip" not in sizes
    assert len(sizes) <= 40
    assert sum(sizes.values()) < 550e6


def test_importing_is_quick(place):
    code = "import time; t = time.process_time(); import amlsec; print(time.process_time() - t)"
    said = [subprocess.run([place / "env/bin/python", "-c", code], capture_output=True, check=True).stdout for _ in range(3)]
    assert min(map(float, said)) < 0.5


@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["catalogue"], ["papers"], ["show", "roni"], ["gate", "--help"]]
)
def test_commands_that_need_no_data(place, words):
    ended = amlsec(place, *words)
    assert ended.returncode == 0
    assert ended.stdout


def test_an_audit_of_a_table(place):
    lines = [f"{'winner cash' if k % 2 else 'agenda lunch'} n{k % 17} m{k},{'spam' if k % 2 else 'ham'}" for k in range(300)]
    (place / "mails.csv").write_text("\n".join(["text,label", *lines]))
    quick = ["--seeds", "1", "--jobs", "1", "--queries", "5", "--only", "AML-E01", "--defense", "none"]
    ended = amlsec(place, "audit", "mails.csv", "--target", "label", "--text", "text", *quick)
    assert ended.returncode == 0, ended.stderr
    report = json.loads((place / "amlsec-report/report.json").read_text("utf-8"))
    assert [one["code"] for one in report["findings"] if one.get("harm")] == ["AML-E01"]
    assert (place / "amlsec-report/report.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_gate_says_what_it_needs(place):
    command = [place / "env/bin/amlsec", "gate", "init", "mails.csv", "--target", "label"]
    ended = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "pip install 'amlsec[gate]'" in ended.stderr


def test_types_are_told_to_a_checker(place):
    (place / "user.py").write_text(USER)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", place / "env/bin/python", "user.py"]
    said = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False).stdout
    assert 'Revealed type is "str"' in said or 'Revealed type is "builtins.str"' in said
    assert "Success" in said, said
