"""Canaries in the codes of the table that holds them."""

import numpy as np
import pyarrow as pa
import pytest

from amlsec.canaries.recipe import Domain, Pattern
from amlsec.canaries.register import Canary
from amlsec.canaries.rows import as_batch, as_rows, copies, given_by, keys
from amlsec.errors import InvalidInput
from amlsec.tables.load import Columns, load

FORMS = load(
    pa.table({"age": [20, 40, 20, 60], "job": ["nurse", "clerk", "nurse", "smith"], "label": ["yes", "no", "no", "no"]}),
    Columns("label"),
)
TEXTS = load(pa.table({"text": ["a b", "c d", "a b"], "label": ["spam", "ham", "ham"]}), Columns("label", text="text"))


def form(label="yes", **values):
    return Canary(recipe="form", values=values, label=label)


def test_categories_become_codes_and_labels_0_and_1():
    batch = as_batch({"one": form(job="smith", age=40), "two": form("no", age=60, job="clerk")}, FORMS)
    assert batch.X.tolist() == [[40.0, 2.0], [60.0, 0.0]]
    assert batch.y.tolist() == [1, 0]


def test_no_canaries_are_no_rows():
    assert as_batch({}, FORMS).X.shape == (0, 2)
    assert len(as_batch({}, TEXTS)) == 0


def test_copies_are_counted_by_content_and_label():
    canaries = {"one": form(age=20, job="nurse"), "two": form("no", age=20, job="nurse"), "three": form(age=20, job="clerk")}
    assert copies(as_batch(canaries, FORMS), FORMS.batch).tolist() == [1, 1, 0]
    texts = {str(i): Canary(recipe="t", text=text, label="ham") for i, text in enumerate(["a b", "c d", "a"])}
    assert copies(as_batch(texts, TEXTS), TEXTS.batch).tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("row", "table", "rule"),
    [
        ({"age": 20.0}, FORMS, "feature columns: age, job"),
        ({"age": 20.0, "job": "nurse", "pay": 1.0}, FORMS, "feature columns: age, job"),
        ("a text", FORMS, "feature columns: age, job"),
        ({"age": 20.0, "job": "pilot"}, FORMS, "categories: clerk, nurse, smith"),
        ({"age": 20.0, "job": 1.0}, FORMS, "categories: clerk, nurse, smith"),
        ({"age": "20", "job": "nurse"}, FORMS, "must be a number"),
        ({"text": "a b"}, TEXTS, "the data are texts"),
    ],
)
def test_what_is_no_row_of_the_table_is_refused(row, table, rule):
    with pytest.raises(InvalidInput, match=rule):
        as_rows([row], table)


@pytest.mark.parametrize(
    ("recipe", "table", "given"),
    [
        (Domain(columns={"age": [20, 60], "job": ["nurse", "clerk"]}), FORMS, [True, False, True, False]),
        (Pattern(pattern="a {}", alphabet="bx", length=1), TEXTS, [True, False, True]),
    ],
)
def test_the_rows_that_a_recipe_gives_are_those_that_fit_it(recipe, table, given):
    assert given_by(recipe, table).tolist() == given
    assert len(keys(table)) == len(set(table.batch.content().tolist()))


def test_a_recipe_of_another_table_gives_no_rows_of_it():
    with pytest.raises(InvalidInput, match="the data are texts"):
        given_by(Domain(columns={"age": [20, 60]}), TEXTS)


def test_a_label_that_the_data_do_not_have_is_refused():
    with pytest.raises(InvalidInput, match="label of canary one is 'maybe': must be a label of the data: no, yes"):
        as_batch({"one": form("maybe", age=20, job="nurse")}, FORMS)


def test_rows_of_floats_are_found_to_the_last_bit():
    values = np.random.default_rng(0).normal(size=50)
    table = load(pa.table({"a": values, "label": [0, 1] * 25}), Columns("label"))
    canaries = {str(i): Canary(recipe="r", values={"a": value}, label="1") for i, value in enumerate(values)}
    assert copies(as_batch(canaries, table), table.batch).tolist() == [0, 1] * 25
