"""What a canary could as well have been: counted, drawn and recognised."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import chisquare

from amlsec.canaries.recipe import Domain, Pattern, alternatives, drawn, examples, key, new_rows, size

CODE = Pattern(pattern="code {}!", alphabet="abc", length=2, seed=5)
FORM = Domain(columns={"age": [20, 20, 40], "job": ["clerk", "nurse"]}, seed=5)


@pytest.mark.parametrize(("recipe", "many"), [(CODE, 9), (FORM, 6)])
def test_all_alternatives_are_there_where_they_are_few(recipe, many):
    rows = alternatives(recipe, many)
    assert len(rows) == size(recipe) == many
    assert all(recipe.fits(row) for row in rows)


def test_a_value_that_stands_twice_comes_twice_as_often():
    assert Counter(row["age"] for row in alternatives(FORM, 6)) == {20.0: 4, 40.0: 2}
    ages = Counter(row["age"] for row in drawn(FORM, 30_000, np.random.default_rng(0)))
    assert chisquare([ages[20.0], ages[40.0]], [20_000, 10_000]).pvalue > 1e-3


def test_many_alternatives_are_drawn_by_the_seed_and_alike():
    recipe = Pattern(pattern="{}", alphabet="0123456789", length=3, seed=1)
    rows = alternatives(recipe, 999)
    assert rows == alternatives(recipe, 999) != alternatives(recipe.model_copy(update={"seed": 2}), 999)
    digits = Counter("".join(rows))
    assert chisquare([digits[digit] for digit in "0123456789"]).pvalue > 1e-3


@pytest.mark.parametrize("most", [4, 6])
def test_rows_that_are_known_are_no_alternatives(most):
    known = {key({"age": 20.0, "job": "nurse"}), key({"age": 40.0, "job": "clerk"})}
    rows = alternatives(FORM, most, known)
    assert {key(row) for row in rows} == {key({"age": 20.0, "job": "clerk"}), key({"age": 40.0, "job": "nurse"})}
    assert len(rows) == (4 if most == 4 else 3)
    assert alternatives(FORM, most, {key(row) for row in alternatives(FORM, 6)}) == []


@given(st.text("abcx", max_size=5))
def test_a_text_fits_exactly_where_the_pattern_gives_it(secret):
    assert CODE.fits(f"code {secret}!") == (f"code {secret}!" in alternatives(CODE, 9))


@pytest.mark.parametrize("row", ["code ab", "ab!", "", {"age": 20.0, "job": "clerk"}, "codeab !"])
def test_no_other_row_fits_a_pattern(row):
    assert not CODE.fits(row)


def test_a_text_that_is_shorter_than_the_pattern_around_its_gap_does_not_fit():
    assert not Pattern(pattern="abab{}abab", alphabet="ab", length=1).fits("ababab")


@pytest.mark.parametrize(
    "row", ["code ab!", {"age": 20.0}, {"age": 20.0, "job": "clerk", "pay": 1.0}, {"age": 30.0, "job": "clerk"}]
)
def test_no_other_row_fits_a_domain(row):
    assert not FORM.fits(row)


def test_examples_show_every_choice():
    rows = examples(FORM)
    assert {row["age"] for row in rows} == {20.0, 40.0}
    assert {row["job"] for row in rows} == {"clerk", "nurse"}
    assert examples(CODE) == ["code aa!", "code bb!", "code cc!"]


def test_rows_are_equal_whatever_the_order_of_their_columns():
    assert key({"a": 1.0, "b": "x"}) == key({"b": "x", "a": 1.0}) != key({"a": 1.0, "b": "y"})


def test_new_rows_are_new_and_all_that_is_left_is_found():
    known = {"code ab!", "code cc!"}
    rows = list(new_rows(CODE, 7, known, np.random.default_rng(0)))
    assert sorted([*rows, *known]) == sorted(alternatives(CODE, 9))
    assert len(list(new_rows(CODE, 9, known, np.random.default_rng(0)))) == 7


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"pattern": "no gap"}, "once, where the secret stands"),
        ({"pattern": "{} and {}"}, "once, where the secret stands"),
        ({"alphabet": "a"}, "two characters"),
        ({"alphabet": "aab"}, "each once"),
        ({"length": 0}, "greater than or equal to 1"),
        ({"length": 65}, "less than or equal to 64"),
        ({"length": True}, "valid integer"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"more": 1}, "not permitted"),
    ],
)
def test_a_pattern_that_breaks_a_rule_is_refused(said, rule):
    with pytest.raises(ValidationError, match=rule):
        Pattern(**{"pattern": "{}", "alphabet": "ab", "length": 2, **said})


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({}, "a choice between two values"),
        ({"age": [20, 20.0]}, "a choice between two values"),
        ({"age": []}, "at least 1 item"),
        ({"age": [True, False]}, "a text or a finite number"),
        ({"age": [float("nan"), 1]}, "a text or a finite number"),
        ({"age": [10**400, 1]}, "a text or a finite number"),
        ({"age": [[1], 2]}, "a text or a finite number"),
        ({"age": list(range(1001))}, "at most 1000 items"),
    ],
)
def test_a_domain_that_breaks_a_rule_is_refused(columns, rule):
    with pytest.raises(ValidationError, match=rule):
        Domain(columns=columns)
