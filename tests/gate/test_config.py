"""A `gate.toml` that breaks a rule says which key, and no secret."""

import pytest

from amlsec.errors import InvalidInput
from amlsec.gate.config import FILE, Config, read
from amlsec.gate.home import parts


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[limits]\nseconds = inf", "limits.seconds is inf: .*finite"),
        ("[limits]\nmemory = 99999999999999999999", "limits.memory is 99999999999999999999: .*less than"),
        ("[engine]\nlease = inf", "engine.lease is inf: .*finite"),
        ("[server]\nsession = nan", "server.session is nan: .*finite"),
        ('[objects]\nurl = ""', "objects.url is .*at least 1 character"),
        ('[objects]\nsecret = "hush"', "objects.secret is .*not permitted"),
        ('[objects]\noptions = "hush"', "objects.options is .*dictionary"),
        ('secret = "hush"', "secret is .*not permitted"),
        ('database = "postgresql//user:hush@host/gate"', "database is .*must be a URL"),
        ('database = "postgresql://user:hush@host:port/gate"', "database is .*must be a URL"),
        ('database = "sqlite:///"', "database is .*must be a file"),
        ("database = 5", "database is .*valid string"),
        ("[limits", "cannot be read as TOML"),
    ],
)
def test_a_key_that_breaks_its_rule_is_named_and_no_secret(tmp_path, text, rule):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InvalidInput, match=rule) as told:
        parts(tmp_path)
    assert "hush" not in str(told.value)


def test_relative_places_are_those_in_the_home(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    for url in ("sqlite:///sub.sqlite", "sqlite+pysqlite:///sub.sqlite", f"sqlite:///{tmp_path}/sub.sqlite"):
        (tmp_path / FILE).write_text(f'database = "{url}"\n[objects]\nurl = "file://rows"\n')
        _, database, store = parts(tmp_path)
        assert database.url.endswith(f":///{tmp_path}/sub.sqlite")
        assert store.url == str(tmp_path / "rows")
        with database.reading():
            assert (tmp_path / "sub.sqlite").exists()
        database.close()


def test_the_environment_goes_before_the_database_of_the_file(tmp_path, monkeypatch):
    (tmp_path / FILE).write_text('database = "sqlite:///file.sqlite"\n')
    monkeypatch.setenv("AMLSEC_GATE_DATABASE", "sqlite:///environment.sqlite")
    assert read(tmp_path) == Config(database="sqlite:///environment.sqlite")
