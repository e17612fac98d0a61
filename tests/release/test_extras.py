"""Every extra: used in the smallest way, and said by name where it is missing. `make test-extras` installs each alone."""

import inspect
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import amlsec

ROOT = Path(__file__).parents[2]
USES = ROOT / "release" / "uses.py"
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
OF_DEVELOPERS = {"docs", "bench", "test", "dev"}
OPTIONAL = sorted(EXTRAS.keys() - OF_DEVELOPERS)
BESIDE_THE_GATE = ["pg", "s3"]


owners = cache(packages_distributions)
"""The distributions of each module; to ask takes a second."""


def libraries(extra: str) -> set[str]:
    """What Python imports of an extra's own distributions, where they are installed."""
    named = {re.match(r"[\w.-]+", told)[0].lower() for told in EXTRAS[extra] if not told.startswith("amlsec[")}
    return {module for module, of in owners().items() if {name.lower() for name in of} & named}


def without(extras: list[str], tried: list[str]) -> dict[str, str]:
    """What the uses say that are tried where all libraries of these extras are hidden."""
    hidden = set().union(*map(libraries, extras))
    command = [sys.executable, "-P", Path(__file__).with_name("hidden.py"), USES, ",".join(sorted(hidden)), ",".join(tried)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def said():
    alone = [extra for extra in OPTIONAL if extra not in BESIDE_THE_GATE]
    return without(alone, alone) | without(BESIDE_THE_GATE, BESIDE_THE_GATE)


def test_every_extra_has_a_use():
    text = USES.read_text("utf-8")
    assert [extra for extra in OPTIONAL if f"def {extra}() -> None:" not in text] == []


@pytest.mark.parametrize("extra", OPTIONAL)
def test_where_it_is_missing_it_is_said_how_to_install_it(said, extra):
    assert said[extra].startswith("InvalidInput: ")
    assert f"pip install 'amlsec[{extra}]'" in said[extra]


def test_every_extra_that_users_install_states_a_floor():
    told = [one for extra in OPTIONAL for one in EXTRAS[extra] if not one.startswith("amlsec[")]
    assert [one for one in told if ">=" not in one and "==" not in one] == []


def test_without_the_gate_extra_what_is_left_can_be_looked_at(monkeypatch):
    """As help() does, and a notebook that completes names: both end at the first name that raises."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    assert set(amlsec.__all__) - set(dir(amlsec)) == {"Gate", "GateSampler"}
    assert "run_audit" in dict(inspect.getmembers(amlsec))
