"""Whatever is answered, amlsec.toml is one that the audit reads, and means what was answered."""

import re
import tomllib
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amlsec.audit.settings import Settings
from amlsec.audit.settings import settings as audit_settings
from amlsec.catalogue import discover
from amlsec.errors import InvalidInput
from amlsec.register import Exposure, parse
from amlsec.threat import CELLS, Access, Knowledge, Severity
from amlsec.worksheet.about_attacker import ATTACKER, SHARE, exposure
from amlsec.worksheet.about_bar import BAR
from amlsec.worksheet.about_data import COLUMNS
from amlsec.worksheet.answers import shown
from amlsec.worksheet.facts import facts
from amlsec.worksheet.filling import QUESTIONS, answer, by_default
from amlsec.worksheet.register_file import register_text
from amlsec.worksheet.sheet import Sheet
from amlsec.worksheet.values import asked, bars, columns, of_columns, values, warning
from amlsec.worksheet.written import WIDTH, text
from grounds import mails

HOSTILE = '\u202e\x1b[31m"]\n[audit]\nallow_pickle = true #'
LATER = (SHARE, *ATTACKER, *BAR)
FREE = {
    "share": st.floats(0, 0.49),
    "queries": st.integers(0, 10**9),
    "copy_queries": st.integers(0, 10**9),
    "cost": st.none() | st.floats(0, 1e9),
    "minutes": st.floats(0.1, 1e6),
    "access": st.sampled_from(Access),
    "knowledge": st.sampled_from(Knowledge),
    "fail_on": st.none() | st.sampled_from([severity for severity in Severity if severity != Severity.NONE]),
    "worse": st.sampled_from(["integrity", "availability", "both"]),
    "fixed_columns": st.sampled_from([(), ("age",), ("os_a", "size")]),
    "growing_columns": st.sampled_from([(), ("links",)]),
    "sensitive": st.sampled_from([(), ("age", "links")]),
}


def described(native):
    """A sheet with its columns answered by default, and what the table says."""
    sheet = Sheet({"data": "rows.csv"}, native)
    answer(COLUMNS, sheet, by_default)
    sheet.facts = facts(audit_settings(of_columns(sheet)), native)
    return sheet


@pytest.fixture(scope="module")
def of_texts():
    batch = mails(200)
    labels = np.where(batch.y == 1, "spam", "ham")
    return described(pa.table({"body": batch.X.tolist(), "label": labels, "source": batch.source.tolist()}))


@pytest.fixture(scope="module")
def of_rows():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    system = np.eye(3)[rng.integers(0, 3, 400)].astype(int)
    counts = {"links": rng.poisson(2 + 3 * y), "age": rng.poisson(50 - 20 * y), "size": rng.normal(y)}
    return described(pa.table({**counts, **{f"os_{name}": system[:, i] for i, name in enumerate("abc")}, "label": y}))


@pytest.fixture(scope="module")
def of_nothing():
    sheet = Sheet({"data": "to come.csv"})
    answer(COLUMNS, sheet, by_default)
    return sheet


def again(sheet):
    return Sheet(dict(sheet.answers), sheet.native, sheet.facts)


@pytest.mark.parametrize("kind", ["of_texts", "of_rows", "of_nothing"])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_answers_give_a_file_that_means_them(kind, data, request, tmp_path_factory):
    sheet = again(request.getfixturevalue(kind))

    def ask(question, so_far):
        drawn = data.draw(FREE[question.key], label=question.key)
        assert question.read(shown(drawn), so_far) == drawn
        return drawn

    answer(LATER, sheet, ask)
    path = tmp_path_factory.mktemp("made") / "amlsec.toml"
    path.write_text(text(sheet), "utf-8")
    read = audit_settings({}, path)
    told = {**values(sheet), "columns": columns(sheet), "config": path, "conditions": read.conditions}
    assert read == Settings(**told)
    wanted = {} if sheet.answers["worse"] == "both" else bars(sheet, sheet.answers["worse"])
    assert {code: bar.model_dump() for code, bar in read.conditions.items()} == wanted


@pytest.mark.parametrize("kind", ["of_texts", "of_rows", "of_nothing"])
def test_every_key_has_its_comment_and_every_cell_stands_at_the_top(kind, request):
    sheet = again(request.getfixturevalue(kind))
    answer(LATER, sheet, by_default)
    lines = text(sheet).splitlines()
    assert max(map(len, lines)) <= WIDTH + 2
    head = lines[: lines.index("[audit]")]
    assert [cell for cell in CELLS if not any(line.startswith(f"#   {cell}: ") for line in head)] == []
    for before, line in pairwise(lines):
        assert not re.match(r"\w+ = ", line) or before.startswith("# "), line
    asked_for = [question.key for question in QUESTIONS if question.key in Settings.model_fields and question.asked(sheet)]
    assert [key for key in asked_for if not any(re.match(rf"(# )?{key} (=|is not set)", line) for line in lines)] == []


def test_what_a_table_says_hostilely_stays_in_its_comment_or_string(of_texts):
    sheet = again(of_texts)
    sheet.answers |= {"data": f"{HOSTILE}.csv", "malicious": (HOSTILE,)}
    answer([exposure(HOSTILE), *LATER], sheet, by_default)
    table = tomllib.loads(text(sheet))
    assert table["audit"]["data"] == f"{HOSTILE}.csv"
    assert table["audit"]["malicious"] == [HOSTILE]
    assert "allow_pickle" not in table["audit"]
    assert parse(register_text(sheet))[HOSTILE].exposure == Exposure.ANYONE
    assert HOSTILE in parse(register_text(sheet))
    for line in (*text(sheet).splitlines(), *register_text(sheet).splitlines()):
        assert not line.startswith("#") or "\x1b" not in line


def test_bars_are_on_attacks_that_apply_and_stand_where_the_clean_model_errs(of_rows):
    sheet = again(of_rows)
    answer(LATER, sheet, lambda question, so_far: "integrity" if question.key == "worse" else by_default(question, so_far))
    cards = {card.code: card for card in discover() if card.kind.is_attack}
    found = tomllib.loads(text(sheet))["conditions"]
    assert found
    assert {cards[code].cell.violation for code in found} == {"integrity"}
    assert all("tabular" in cards[code].spaces for code in found)
    mistakes = sheet.facts.passed.high
    assert warning(sheet, "integrity") == round(min(max(0.05, mistakes), 0.25), 2)
    assert all(
        bar == {"warn": warning(sheet, "integrity"), "fail": round(2 * warning(sheet, "integrity"), 2)}
        for bar in found.values()
    )


def test_a_fixed_model_leaves_training_out(of_texts):
    sheet = again(of_texts)
    sheet.answers |= {"model": "module:made", "fixed": "yes"}
    answer(LATER, sheet, by_default)
    assert "share" not in sheet.answers
    assert asked(sheet).fixed
    assert "source_register" not in values(sheet)
    of_training = [line for line in text(sheet).splitlines() if line.startswith("#   causative")]
    assert len(of_training) == 6
    assert all("none, because the model under audit is fixed" in line for line in of_training)
    assert "#   exploratory integrity indiscriminate: 4 attacks" in text(sheet)


def test_the_table_says_which_columns_count_and_which_are_one(of_rows):
    assert of_rows.facts.growing == ["links", "age"]
    assert of_rows.facts.groups == [("os_a", "os_b", "os_c")]
    assert "#   exactly one is 1: os_a, os_b, os_c" in _by_default(of_rows)


@pytest.mark.parametrize("key", ["fixed_columns", "growing_columns", "sensitive"])
def test_what_is_no_feature_of_the_table_is_refused_by_name(of_rows, key):
    [question] = [one for one in ATTACKER if one.key == key]
    assert question.read("links, links", again(of_rows)) == ("links",)
    with pytest.raises(InvalidInput, match=rf"{key} is 'label, nothing': must be feature columns, of links, age, size"):
        question.read("label, links, nothing", again(of_rows))


def _by_default(sheet):
    copy = again(sheet)
    answer(LATER, copy, by_default)
    return text(copy)
