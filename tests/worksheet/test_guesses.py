"""Guesses on tables whose columns say what they are, and on tables where they do not."""

from datetime import datetime

import pyarrow as pa
import pytest

from amlsec.worksheet import guesses
from amlsec.worksheet.sheet import Sheet

MAILS = pa.table(
    {
        "id": ["m1", "m2", "m3", "m4"],
        "Reporter": ["web", "desk", "web", "web"],
        "subject": ["a", "b", "c", "d"],
        "body": ["win cash now", "see you at noon", "cash for you", "lunch on friday then"],
        "received": [datetime(2026, 1, day) for day in (1, 2, 3, 4)],
        "label": ["spam", "ham", "spam", "ham"],
    }
)


def sheet(native, **answers):
    return Sheet(answers, native)


def test_a_table_that_names_its_columns():
    assert guesses.target(sheet(MAILS)) == "label"
    known = sheet(MAILS, target="label")
    assert guesses.malicious(known) == ("spam",)
    assert (guesses.text(known), guesses.source(known), guesses.time(known)) == ("body", "Reporter", "received")


def test_a_target_without_a_name_has_a_value_that_is_called_bad_or_is_the_only_column_of_two():
    table = pa.table({"flag": [0, 1, 0], "size": [1, 2, 3], "found": ["x", "y", "x"], "was": ["ok", "Fraud", "ok"]})
    assert guesses.target(sheet(table)) == "was"
    assert guesses.target(sheet(table.select(["size", "found"]))) == "found"
    assert guesses.target(sheet(table.select(["flag", "found"]))) is None
    assert guesses.target(sheet(table.select(["size"]))) is None
    assert guesses.target(sheet(pa.table({"seen": ["yes", "no"], "paid": ["yes", "no"]}))) is None


def test_categories_are_guessed_like_what_they_stand_for():
    words = pa.table({"found": ["ok", "fraud", "ok"], "feed": ["a", "b", "a"], "size": [1, 2, 3]})
    found, feed = (words[name].combine_chunks().dictionary_encode() for name in ("found", "feed"))
    assert guesses.target(sheet(words.set_column(0, "found", found).select(["found", "size"]))) == "found"
    assert guesses.source(sheet(words.set_column(1, "feed", feed), target="found")) == "feed"


@pytest.mark.parametrize(
    "odd", [pa.nulls(2), pa.array([[1], [2]]), pa.array([{"a": 1}, {"a": 2}])], ids=["null", "list", "struct"]
)
def test_columns_whose_values_cannot_be_counted_are_passed_over(odd):
    assert guesses.target(sheet(pa.table({"odd": odd, "found": ["x", "y"]}))) == "found"


def test_three_labels_leave_it_open_which_is_bad():
    assert guesses.malicious(sheet(pa.table({"y": ["a", "b", "c"]}), target="y")) is None
    assert guesses.malicious(sheet(None, target="y")) == ()


@pytest.mark.parametrize("values", [["web"] * 4, None])
def test_a_source_of_one_name_is_none(values):
    table = pa.table({"source": values or [f"s{i}" for i in range(300)], "label": ["a", "b"] * (2 if values else 150)})
    assert guesses.source(sheet(table, target="label")) is None


def test_categories_and_single_words_are_no_texts():
    table = pa.table({"kind": ["a b"] * 4, "word": ["one", "two", "three", "four"], "label": [0, 1, 0, 1]})
    assert guesses.text(sheet(table, target="label")) is None


def test_times_are_no_texts_though_each_has_a_day_and_an_hour():
    assert guesses.text(sheet(MAILS.select(["received", "label"]), target="label")) is None


def test_a_column_called_time_that_holds_none_is_passed_over():
    table = pa.table({"time": ["soon", "later"], "day": ["2026-01-01", "2026-01-02"], "label": [0, 1]})
    assert guesses.time(sheet(table, target="label")) == "day"


def test_facts_about_people_and_about_the_past_are_known_by_name():
    table = pa.table({"Age": [1], "domain_age": [1], "country-code": [1], "page": [1]})
    assert guesses.personal(sheet(table)) == ("Age",)
    assert guesses.of_the_past(sheet(table)) == ("Age", "domain_age", "country-code")
