"""Names that go: the old one works and says what to write; once its version has come it is gone."""

import re
import tomllib
import warnings
from importlib import import_module
from pathlib import Path

import pytest
import typer
from packaging.version import Version

import amlsec
from amlsec import catalogue, deprecation
from amlsec.audit.settings import Settings, settings
from amlsec.bench.settings import settings as bench_settings
from amlsec.catalogue import named
from amlsec.cli.options import as_options
from amlsec.deprecation import Deprecated, Place, Renamed, deprecated
from amlsec.errors import InvalidInput
from amlsec.gate.config import config
from amlsec.gate.policy import parsed_policy
from amlsec.register import parse as register
from amlsec.space.column import Column, Kind
from amlsec.space.settings import corrected
from amlsec.space.tabular import TabularSpace
from called import call
from test_architecture import modules

TO_COME = "99.0"


@pytest.fixture
def renamed(monkeypatch):
    """Give each kind of name an old one."""

    def rename(where, old, new):
        monkeypatch.setattr(deprecation, "RENAMED", (Renamed(where, old, new, TO_COME),))
        return re.escape(f"{old} ({where}) is deprecated and goes in amlsec {TO_COME}: use {new}")

    return rename


def due(names, version):
    """Those that should be gone."""
    return [str(one) for one in names if Version(one.removal) <= Version(version)]


def test_nothing_outlives_the_version_of_its_removal():
    for module, path in modules().items():
        if "@deprecated(" in path.read_text("utf-8"):
            import_module(module)
    ours = [one for one in deprecation.marked if one.removal != TO_COME]  # the docstring's example is none of ours
    assert due([*deprecation.RENAMED, *ours], amlsec.__version__) == []


def test_what_is_due_is_found():
    one = Renamed(Place.EXPORT, "read", "load", "0.3")
    assert due([one], "0.2.9") == []
    assert due([one], "0.3.0") == due([one], "1.0") == [str(one)]


def test_every_new_name_is_there():
    for one in deprecation.RENAMED:
        if one.where == Place.MEMBER:
            assert named(one.new).name == one.new
        if one.where == Place.EXPORT:
            assert one.new in amlsec.__all__


def test_a_function_warns_where_it_is_called():
    @deprecated("other", removal=TO_COME)
    def one(a, *, b=2):
        """What it does."""
        return a + b

    with pytest.warns(Deprecated, match=rf"one \(code\) is deprecated and goes in amlsec {TO_COME}: use other") as said:
        assert one(1, b=3) == 4
    assert said[0].filename == __file__
    assert (one.__name__, one.__doc__) == ("one", "What it does.")


def test_a_class_warns_where_it_is_made_or_inherited_from():
    @deprecated("Other", removal=TO_COME)
    class One:
        def __init__(self, value):
            self.value = value

    with pytest.warns(Deprecated, match="use Other"):
        assert isinstance(One(1), One)
    with pytest.warns(Deprecated, match="use Other"):

        class _Two(One):
            pass


def test_an_export(renamed):
    with pytest.warns(Deprecated, match=renamed(Place.EXPORT, "read_table", "load")) as said:
        assert amlsec.read_table is amlsec.load
    assert said[0].filename == __file__


def test_a_member(renamed):
    with pytest.warns(Deprecated, match=renamed(Place.MEMBER, "flips", "random-flips")) as said:
        assert named("flips") is named("random-flips")
    assert said[0].filename == __file__


def test_a_key(renamed, tmp_path):
    file = tmp_path / "amlsec.toml"
    file.write_text('[audit]\ndata = "mails.csv"\nlabel = "spam"\n')
    with pytest.warns(Deprecated, match=renamed(Place.AUDIT, "label", "target")):
        assert settings({}, file).target == "spam"
    with pytest.warns(Deprecated, match="use target"):
        assert settings({"target": "other"}, file).target == "other"


def test_a_key_of_the_bench_and_of_the_gate(renamed):
    with pytest.warns(Deprecated, match=renamed(Place.BENCH, "shares", "share")):
        assert bench_settings({"data": ["sms"], "shares": [0.02]}).share == (0.02,)
    with pytest.warns(Deprecated, match=renamed(Place.GATE, "db", "database")):
        assert config({"db": "sqlite:///other.sqlite"}).database == "sqlite:///other.sqlite"


def test_a_member_named_to_an_audit_and_to_a_bench(renamed):
    """By the old name they are asked for what the new one asks for, and nothing later meets the old one."""
    said = renamed(Place.MEMBER, "ball", "sphere")
    told = {"data": "mails.csv", "target": "label"}
    with pytest.warns(Deprecated, match=said):
        assert settings({**told, "defense": ["ball", "none"]}).defense == ("sphere", "none")
    with pytest.warns(Deprecated, match=said):
        assert settings({**told, "layers": "abstain & (ball|slab)"}).layers == "abstain & (sphere | slab)"
    with pytest.warns(Deprecated, match=said):
        assert bench_settings({"data": ["sms"], "defense": ["ball"]}).defense == ("sphere",)
    renamed(Place.MEMBER, "flips", "random-flips")
    with pytest.warns(Deprecated, match="use random-flips"):
        assert bench_settings({"data": ["sms"], "attack": ["flips"]}).attack == ("random-flips",)


def space_of(text):
    """A space of one column, corrected by this text."""
    return corrected(TabularSpace([Column("a.b", Kind.NUMERIC, 0, 1)]), tomllib.loads(text))


def settings_of(text):
    """The settings of an audit whose file is this text."""
    Path("amlsec.toml").write_text(text)
    return settings({"data": "mails.csv", "target": "label"}, Path("amlsec.toml"))


@pytest.mark.parametrize(
    ("where", "old", "new", "text", "read"),
    [
        (Place.GATE, "review.people", "review.persons", "[review]\npeople = 2", lambda text: config(tomllib.loads(text))),
        (Place.POLICY, "rates.fdr", "rates.false_rejection", "[rates]\nfdr = 0.2", parsed_policy),
        (
            Place.POLICY,
            "screens.*.keep",
            "screens.*.hold_back",
            "[screens.provenance]\n[screens.roni]\nkeep = 0.3",
            parsed_policy,
        ),
        (Place.REGISTER, "sources.*.checked", "sources.*.verified", '[sources."a.b"]\nchecked = 0.5', register),
        (Place.SPACE, "columns.*.dear", "columns.*.price", '[columns."a.b"]\ndear = 3', lambda text: space_of(text).columns),
        (Place.AUDIT, "conditions.*.bar", "conditions.*.fail", '[conditions."AML-E01"]\nbar = 0.2', settings_of),
        (Place.AUDIT, "bars", "conditions", '[bars."AML-E01"]\nfail = 0.2', settings_of),
    ],
)
def test_a_key_inside_a_table(where, old, new, text, read, renamed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = renamed(where, old, new)
    last = [path.rpartition(".")[2] for path in (old, new)]
    with pytest.warns(Deprecated, match=said) as warned:
        by_old = read(text)
    assert len(warned) == 1
    assert by_old == read(text.replace(*last))


def test_a_key_inside_a_table_by_both_names(renamed):
    renamed(Place.POLICY, "rates.fdr", "rates.false_rejection")
    with pytest.raises(InvalidInput, match=r"rates\.fdr is 0\.2: is called rates\.false_rejection now, which is told too"):
        parsed_policy("[rates]\nfdr = 0.2\nfalse_rejection = 0.1")


def test_what_is_no_table_is_left_to_who_reads_it(renamed):
    renamed(Place.POLICY, "rates.fdr", "rates.false_rejection")
    with pytest.raises(InvalidInput, match="must be a table"):
        parsed_policy("rates = 3")


def test_one_thing_by_both_names_is_an_error(renamed):
    renamed(Place.AUDIT, "label", "target")
    with pytest.raises(InvalidInput, match="label is 'spam': is called target now, which is told too"):
        settings({"data": "mails.csv", "target": "spam", "label": "spam"})


def test_an_option_is_taken_and_not_shown(renamed):
    renamed(Place.AUDIT, "label", "target")
    got = {}
    app = typer.Typer(add_completion=False)
    app.command()(as_options(lambda **given: got.update(given), Settings, Place.AUDIT))
    command = typer.main.get_command(app)
    command.main(["mails.csv", "--label", "spam"], standalone_mode=False)
    assert got["label"] == "spam"
    assert "--label" not in command.get_help(command.make_context("audit", ["mails.csv"]))


def test_the_command_line_says_it_on_one_line(renamed, capsys):
    renamed(Place.MEMBER, "flips", "random-flips")
    code, out, err = call(capsys, "show", "flips")
    assert (code, err.splitlines()) == (
        0,
        ["amlsec: flips (catalogue) is deprecated and goes in amlsec 99.0: use random-flips"],
    )
    assert "random-flips" in out


def test_other_warnings_are_as_before(monkeypatch, capsys):
    def warned():
        warnings.warn("odd", UserWarning, stacklevel=1)
        return discover()

    discover = catalogue.discover
    monkeypatch.setattr(catalogue, "discover", warned)
    with pytest.warns(UserWarning, match="odd"):
        code, _, err = call(capsys, "show", "random-flips")
    assert (code, err) == (0, "")
