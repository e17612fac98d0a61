"""The page of the gate: its commands run in order, its tables are those of the code, what it names exists."""

import re
import shlex
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from pydantic import BaseModel

from amlsec.gate.config import Config
from amlsec.gate.http.endpoints import ALLOWED
from amlsec.gate.policy import DEFAULT, parsed_policy
from amlsec.gate.serving.metrics import Metrics
from amlsec.gate.signing import new_key
from called import call
from gate.begun import ME, begun
from gate.commands import parsed
from grounds import mails

PAGE = (Path(__file__).parents[1] / "docs" / "gate.md").read_text("utf-8")
COMMANDS = re.findall(r"^    \$ amlsec (gate .*)$", PAGE, re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files that the page names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMLSEC_GATE_PASSWORD", "correct horse battery")
    for name, rows, seed in (("trusted", 300, 1), ("desk", 60, 2), ("web", 60, 3)):
        batch = mails(rows, seed=seed)
        labels = np.where((batch.y == 1) != (name == "web"), "spam", "ham")
        csv.write_csv(pa.table({"text": batch.X.tolist(), "label": labels}), f"{name}.csv")
    return tmp_path


def test_its_commands_run_in_the_order_in_which_they_stand(folder, capsys):
    run = [command for command in COMMANDS if command != "gate serve"]
    assert len(run) == 16
    told = {}
    for command in run:
        code, out, err = call(capsys, *shlex.split(command))
        assert err == "", command
        assert code in (0, 1) if "desk.csv" in command else code == ("web.csv" in command), command
        told[command] = out
    assert sorted(path.name for path in Path("training").iterdir()) == ["croissant.json", "data.parquet", "manifest.json"]
    rows = parquet.read_table("training/data.parquet")
    assert {"content", "source", "submission", "position"} <= set(rows.column_names)
    assert rows["source"].to_pylist().count("web") == 10
    [rollback] = [out for command, out in told.items() if "rollback" in command]
    assert "spam-filter-1" in rollback


def test_every_command_that_it_names_exists(monkeypatch):
    monkeypatch.setenv("AMLSEC_GATE_PASSWORD", "correct horse battery")
    named = re.findall(r"`amlsec (gate [^`]*)`", PAGE)
    assert len(named) > 10
    for command in [*named, *COMMANDS]:
        words = [word.replace("SOURCE", "web").replace("ENTRY", "7") for word in shlex.split(command)]
        parsed(words)


def rows_of(model, prefix=""):
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from rows_of(field.annotation, f"{prefix}{name}.")
        else:
            default = f'"{field.default}"' if isinstance(field.default, str) else repr(field.default)
            yield f"| `{prefix}{name}` | {field.description} | `{default}` |"


def test_its_settings_are_those_of_the_configuration():
    assert re.findall(r"^\| `.*$", PAGE, re.MULTILINE) == list(rows_of(Config))


def test_its_policy_is_the_default_where_it_says_anything():
    [text] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert parsed_policy(text) == parsed_policy(DEFAULT)


def test_its_metrics_and_addresses_exist(tmp_path):
    gate = begun(tmp_path / "gate")
    metrics = Metrics(gate)
    metrics.called("GET /queue", 401, 0.1)
    told = metrics.text().decode()
    for name in re.findall(r"`(amlsec_gate_\w+)`", PAGE):
        if name != "amlsec_gate_checkpoint_age_seconds":
            assert name.removesuffix("_total") in told, name
    new_key(tmp_path / "signing")
    gate.checkpoint(tmp_path / "signing", act=ME)
    assert "amlsec_gate_checkpoint_age_seconds" in metrics.text().decode()
    gate.close()
    for path in re.findall(r"https://gate\.example(/[^?\"]*)", PAGE):
        assert f"POST {path}" in ALLOWED
    assert "GET /api/v1/openapi.json" in ALLOWED
