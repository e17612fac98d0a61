"""Answers read by their rules; what is shown reads back as it was."""

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.errors import InvalidInput
from amlsec.threat import Access
from amlsec.worksheet.about_attacker import ATTACKER, SHARE
from amlsec.worksheet.about_data import COLUMNS, DATA
from amlsec.worksheet.answers import member, optional, setting, several, shown
from amlsec.worksheet.sheet import Sheet

NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1)
QUESTIONS = {question.key: question for question in (DATA, *COLUMNS, SHARE, *ATTACKER)}


@given(st.lists(NAMES).map(tuple))
def test_names_shown_read_back_as_they_were(names):
    assert several(shown(names)) == tuple(name for name in names)


def test_a_minus_says_none():
    assert several("-") == several(" ") == ()
    assert several('"-"') == ("-",)
    assert optional(setting("cost"))("-", Sheet()) is None
    assert shown(()) == shown(None) == "-"


@pytest.mark.parametrize(("key", "text", "value"), [("share", "0.05", 0.05), ("queries", "7", 7), ("minutes", "2.5", 2.5)])
def test_a_number_is_read_by_the_rule_of_the_audit(key, text, value):
    assert setting(key)(text, Sheet()) == value


@pytest.mark.parametrize(
    ("key", "text"), [("share", "0.5"), ("share", "x"), ("queries", "-1"), ("queries", "1.5"), ("minutes", "0")]
)
def test_a_number_that_breaks_the_rule_is_refused_by_name(key, text):
    with pytest.raises(InvalidInput, match=f"{key} is '{text}'"):
        setting(key)(text, Sheet())


@pytest.mark.parametrize("text", ["nan", "inf"])
def test_what_is_no_finite_number_is_refused(text):
    for key in ("share", "cost"):
        with pytest.raises(InvalidInput, match=key):
            QUESTIONS[key].read(text, Sheet())
    assert math.isfinite(QUESTIONS["cost"].read("3", Sheet()))


def test_a_word_is_one_of_its_enumeration():
    assert member("access", Access)(" Labels ", Sheet()) == Access.LABELS
    with pytest.raises(InvalidInput, match="must be one of none, outcomes, labels, scores, parameters"):
        member("access", Access)("everything", Sheet())


def test_a_model_is_a_factory_or_a_file_that_runs_nothing_when_opened(tmp_path):
    read = QUESTIONS["model"].read
    (tmp_path / "m.onnx").touch()
    assert read("pkg.mod:make", Sheet()) == "pkg.mod:make"
    assert read(str(tmp_path / "m.onnx"), Sheet()).endswith("m.onnx")
    assert read("-", Sheet()) is None
    for wrong in ("m.pkl", "nothing.onnx", "module", "a b:c", "mod:1"):
        with pytest.raises(InvalidInput, match="model is"):
            read(wrong, Sheet())


def test_a_column_cannot_be_out_of_reach_and_grow():
    with pytest.raises(InvalidInput, match="links"):
        QUESTIONS["growing_columns"].read("links", Sheet({"fixed_columns": ("links",)}))


@pytest.mark.parametrize(
    ("labels", "rule"), [(["spam", "spam"], "has one class only"), (["spam", None], "1 rows have no label")]
)
def test_a_target_that_labels_nothing_is_refused_when_it_is_named(labels, rule):
    table = pa.table({"verdict": labels, "label": ["spam", "ham"]})
    assert QUESTIONS["target"].read("label", Sheet(native=table)) == "label"
    with pytest.raises(InvalidInput, match=f"target is 'verdict': {rule}"):
        QUESTIONS["target"].read("verdict", Sheet(native=table))
