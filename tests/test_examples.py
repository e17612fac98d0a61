"""The examples do what they say: every command in them is run, on a small gate of mails."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path
from types import ModuleType

import jinja2
import numpy as np
import pyarrow as pa
import pytest
import yaml
from pyarrow import csv

from amlsec.audit.files import write
from amlsec.gate.act import Act
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns
from audit import example
from grounds import mails

EXAMPLES = Path(__file__).parents[1] / "examples"
QUICK = "--only AML-E01 --jobs 1 --seeds 1 --queries 5 --minutes 2"
WITHOUT_DEFENSES = f"""#!{sys.executable}
from amlsec.audit import run
run._defenses = lambda _: []
from amlsec.cli.app import main
main()
"""
"""The command, in a tenth of the time."""
POLICY = 'rule = "sphere"\n[screens.sphere]\n[caps]\nshare = 1\ngrowth = 1\n'


def table(n, seed):
    batch = mails(n, seed=seed)
    return pa.table({"text": batch.X.tolist(), "label": np.where(batch.y == 1, "spam", "ham")})


@pytest.fixture
def folder(tmp_path, monkeypatch, one_draw, lent_readers):
    """A gate, a day's mails of a source, and the examples beside them; programs are those of this environment."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "amlsec").write_text(WITHOUT_DEFENSES)
    (tmp_path / "bin" / "amlsec").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("AMLSEC_GATE", str(tmp_path / "gate"))
    monkeypatch.setenv("AUDIT", QUICK)
    monkeypatch.chdir(tmp_path)
    Gate.init(tmp_path / "gate", table(300, 1), Columns("label", text="text"), act=Act("local:me"), policy=POLICY).close()
    (tmp_path / "incoming").mkdir()
    csv.write_csv(table(60, 2), tmp_path / "incoming" / "desk.csv")
    for name in ("train.py", "nightly.sh"):
        shutil.copy(EXAMPLES / name, tmp_path)
    return tmp_path


def models():
    """The models that the gate knows."""
    gate = Gate.open(Path(os.environ["AMLSEC_GATE"]))
    found = [name for snapshot in gate.snapshots() for name in snapshot.models]
    gate.close()
    return found


def night(day):
    return subprocess.run(["./nightly.sh"], capture_output=True, text=True, env={**os.environ, "DAY": day}, check=False)


def in_use(harm):
    """A night before, whose report says that all rows, or none, evade its model."""
    write(example.result(), Path("nights/2026-11-25/audit"))
    Path("nights/current").symlink_to("2026-11-25")
    told(Path("nights/2026-11-25/audit/report.json"), harm)


def test_a_night_ends_with_a_registered_model(folder):
    in_use(harm=1.0)
    done = night("2026-11-26")
    assert done.returncode == 0, done.stderr
    assert "Under the bar (a finding worse than in nights/current/audit/report.json)" in done.stdout
    assert models() == ["filter-2026-11-26"]
    assert os.readlink("nights/current") == "2026-11-26"
    assert {path.name for path in Path("nights/current").iterdir()} >= {"data.parquet", "manifest.json", "croissant.json"}


PLAYED = """#!/bin/sh
echo "$*" >> calls
case "$*" in
    *snapshot*) echo '{"id": 7}' ;;
    *submit*) exit 1 ;;
    audit*) exit "$AUDITED" ;;
esac
"""


@pytest.fixture
def played(folder):
    """Programs that only note what they are called with; the audit ends with the exit code AUDITED."""
    for name in ("amlsec", "python3"):
        real = f'case "$1" in -c) exec {sys.executable} "$@" ;; esac\n' if name == "python3" else ""
        (folder / "bin" / name).write_text(PLAYED.replace("echo", real + "echo", 1))
        (folder / "bin" / name).chmod(0o755)
    return folder


def calls(folder):
    return (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize(("audited", "last"), [(0, "gate model 7 filter-2026-11-26"), (1, "audit"), (3, "audit")])
def test_a_model_that_got_weaker_or_was_not_tested_is_not_registered(played, monkeypatch, audited, last):
    monkeypatch.setenv("AUDITED", str(audited))
    assert night("2026-11-26").returncode == audited
    done = calls(played)
    assert done[0] == "gate submit incoming/desk.csv --source desk --key 2026-11-26"
    assert done[-1].startswith(last)
    assert Path("nights/current").is_symlink() == (audited == 0)


def told(report, harm):
    """Let a report say that this share of all rows evades the model."""
    result = json.loads(report.read_text())
    for finding in result["findings"]:
        if finding["harm"]:
            finding["harm"] = {"value": harm, "low": harm, "high": harm}
    report.write_text(json.dumps(result))


class Airflow:
    """As much of Airflow as the example imports, which notes what it is told."""

    PACKAGES = tuple(accumulate(["airflow", "providers", "standard", "operators", "bash"], "{}.{}".format))

    def __init__(self):
        self.tasks, self.edges, self.settings = {}, [], {}

    def modules(self):
        noted = self

        class DAG:
            def __init__(self, name, **settings):
                noted.settings = {"name": name, **settings}

            def __enter__(self):
                return self

            def __exit__(self, *_):
                return None

        class BashOperator:
            def __init__(self, task_id, bash_command, append_env, retries):
                assert append_env
                self.name = task_id
                noted.tasks[task_id] = bash_command

            def __rshift__(self, after):
                noted.edges.append((self.name, after.name))

        modules = {name: ModuleType(name) for name in self.PACKAGES}
        modules["airflow"].DAG, modules[self.PACKAGES[-1]].BashOperator = DAG, BashOperator
        return modules


def test_the_steps_of_the_dag_call_one_after_another_what_the_night_calls(played, monkeypatch):
    monkeypatch.setenv("AUDITED", "0")
    assert night("2026-11-26").returncode == 0
    by_the_night = calls(played)
    (played / "calls").unlink()
    noted = Airflow()
    for name, module in noted.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("airflow_dag", EXAMPLES / "airflow_dag.py")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    steps = list(noted.tasks)
    assert steps == ["submit", "snapshot", "train", "audit", "register"]
    assert noted.edges == list(pairwise(steps))
    assert isinstance(noted.settings["start_date"], datetime)
    assert noted.settings["catchup"] is False

    monkeypatch.setenv("WORK", str(played))
    for command in noted.tasks.values():
        subprocess.run(["bash", "-c", jinja2.Template(command).render(ds="2026-11-26")], cwd="/", check=True)
    assert calls(played) == by_the_night


def test_the_action_fails_where_the_model_got_easier_to_evade(folder, monkeypatch):
    workflow = yaml.safe_load((EXAMPLES / "github-action.yml").read_text())
    assert set(workflow[True]) == {"pull_request", "push"}  # YAML reads "on" as true
    steps = {step.get("name", step.get("uses")): step for step in workflow["jobs"]["audit"]["steps"]}
    assert workflow["permissions"] == {"contents": "read", "security-events": "write"}
    assert steps["Show the findings"]["with"]["sarif_file"] == "report/report.sarif"
    assert steps["Show the findings"]["if"].startswith("always()")

    (folder / "data").mkdir()
    csv.write_csv(table(300, 5), folder / "data" / "mails.csv")
    write(example.result(), folder / "baseline")
    told(folder / "baseline" / "report.json", 0.0)
    build = subprocess.run(["bash", "-ec", steps["Audit"]["run"]], capture_output=True, text=True, check=False)
    assert build.returncode == 1, build.stderr
    assert "Over the bar" in build.stdout
    sarif = json.loads((folder / "report" / "report.sarif").read_text())
    assert "AML-E01" in [result["ruleId"] for result in sarif["runs"][0]["results"]]
