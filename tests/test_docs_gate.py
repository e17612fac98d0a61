"""The page of the gate: its tables are those of the code, and the metrics and addresses that it names exist."""

import re
from pathlib import Path

from pydantic import BaseModel

from amlsec.gate.config import Config
from amlsec.gate.http.endpoints import ALLOWED
from amlsec.gate.policy import DEFAULT, parsed_policy
from amlsec.gate.serving.metrics import Metrics
from amlsec.gate.signing import new_key
from gate.begun import ME, begun

PAGE = (Path(__file__).parents[1] / "docs" / "gate.md").read_text("utf-8")


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
