"""Options over file over defaults; a wrong one names its key, value and rule."""

from pathlib import Path

import pytest

from amlsec.audit.command import command
from amlsec.audit.settings import Settings, settings
from amlsec.errors import InvalidInput

ASKED = {"data": "x.csv", "target": "y"}


def _config(tmp_path, text):
    path = tmp_path / "amlsec.toml"
    path.write_text(text)
    return path


def test_options_win_over_the_file_and_the_file_over_defaults(tmp_path):
    config = _config(tmp_path, '[audit]\ntarget = "label"\nshare = 0.03\nqueries = 5\n[columns.a]\nmay = "up"\n')
    told = settings({"data": "x.csv", "share": 0.05}, config)
    assert (told.target, told.share, told.queries, told.seed) == ("label", 0.05, 5, 0)
    assert told.columns == {"a": {"may": "up"}}
    assert told.config == config


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"share": 0.7}, "share is 0.7"),
        ({"queries": -1}, "queries is -1"),
        ({"minutes": 0}, "minutes is 0"),
        ({"seeds": 0}, "seeds is 0"),
        ({"fail_on": "awful"}, "fail-on is 'awful'"),
        ({"nonsense": 1}, "nonsense is 1"),
        ({"demo": "sms"}, "not both"),
        ({"target": None}, "--target"),
        ({"conditions": {"AML-P03": {"fail": 2}}}, "conditions.AML-P03.fail is 2"),
    ],
)
def test_a_wrong_setting_names_key_value_and_rule(given, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        settings({**ASKED, **given})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[audit\n", "\udcff"])
def test_a_file_that_is_no_toml(tmp_path, text):
    path = tmp_path / "amlsec.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput, match="cannot be read as TOML"):
        settings(ASKED, path)


def test_a_file_that_is_missing():
    with pytest.raises(InvalidInput, match=r"nowhere\.toml"):
        settings(ASKED, Path("nowhere.toml"))


def test_the_command_repeats_all_that_was_told():
    told = settings({**ASKED, "malicious": ("dos", "u r"), "allow_pickle": True, "seed": 7, "out": Path("elsewhere")})
    assert command(told) == "amlsec audit x.csv --target y --malicious dos --malicious 'u r' --seed 7 --allow-pickle"
    assert command(told, only="AML-P03").endswith("--only AML-P03 --out elsewhere-AML-P03")


def test_every_setting_says_what_it_means():
    for name, field in Settings.model_fields.items():
        assert field.description, name
