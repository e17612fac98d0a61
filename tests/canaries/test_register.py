"""The register is read strictly, written so that it is read back the same, and hostile files are one clear error."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.canaries.recipe import Domain, Pattern
from amlsec.canaries.register import Canary, CanaryRegister, as_toml, parse, read
from amlsec.errors import InvalidInput

TEXT = """
sensitive = ["age", "job"]
persons = ["user-reports"]

[patterns.code]
seed = 7
pattern = "my access code is {}"
alphabet = "0123456789"
length = 9

[domains.form]
seed = 7
columns = {"age" = [18, 30, 61.5], "job" = ["clerk", "nurse"]}

[canaries.c01]
recipe = "code"
text = "my access code is 483920175"
label = "spam"
copies = 4
on = 2026-11-25
holder = "data protection office"
about = "stands for the codes that customers send in"

[canaries.c02]
recipe = "form"
values = {job = "nurse", age = 30}
label = "1"
planted = false
"""


def test_what_stands_there_is_read():
    register = parse(TEXT)
    first, second = register.canaries.values()
    assert (register.sensitive, register.persons) == (["age", "job"], ["user-reports"])
    assert register.recipes == {
        "code": Pattern(seed=7, pattern="my access code is {}", alphabet="0123456789", length=9),
        "form": Domain(seed=7, columns={"age": [18, 30, 61.5], "job": ["clerk", "nurse"]}),
    }
    assert (first.row, first.copies, first.planted, first.on) == ("my access code is 483920175", 4, True, date(2026, 11, 25))
    assert (second.row, second.copies, second.planted, second.on) == ({"job": "nurse", "age": 30.0}, 1, False, None)


def test_an_empty_register_is_one():
    assert parse("").canaries == {}


def test_it_is_written_as_it_was_read():
    assert parse(as_toml(parse(TEXT))) == parse(TEXT)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(NAMES, NAMES, TEXTS, TEXTS, st.dates(), st.booleans())
def test_any_words_survive_writing(name, recipe, before, about, on, planted):
    before = before.replace("{", "").replace("}", "")
    pattern = Pattern(pattern=f"{before}{{}}", alphabet="ab", length=2)
    canary = Canary(recipe=recipe, text=f"{before}ab", label="x", on=on, planted=planted, about=about)
    register = CanaryRegister(patterns={recipe: pattern}, canaries={name: canary})
    assert parse(as_toml(register)) == register


CODE = '[patterns.code]\npattern = "{}"\nalphabet = "ab"\nlength = 2\n'
FORM = "[domains.form]\ncolumns = {a = [1, 2]}\n"
C01 = '[canaries.c01]\nrecipe = "code"\nlabel = "spam"\n'


@pytest.mark.parametrize(
    ("text", "argument", "rule"),
    [
        ("[canaries", "canaries", "must be TOML"),
        ("a = " + "[" * 10_000, "canaries", "must be TOML"),
        ("a = " + "1" * 5_000, "canaries", "must be TOML"),
        ("a = 1\n", "a in r.toml", "not permitted"),
        ("sensitive = 'age'", "sensitive in r.toml", "valid list"),
        ("canaries = [1]", "canaries in r.toml", "valid dictionary"),
        (CODE + C01, "canaries.c01 in r.toml", "either a text or values"),
        (CODE + C01 + 'text = "ab"\nvalues = {a = 1}', "canaries.c01 in r.toml", "either a text or values"),
        (CODE + C01 + 'text = "ac"', "canaries.c01 in r.toml", "does not follow its recipe code"),
        (C01 + 'text = "ab"', "canaries.c01.recipe in r.toml", "they are none"),
        (CODE + C01 + 'text = "ab"\ncopies = 0', "canaries.c01.copies in r.toml", "greater than or equal to 1"),
        (CODE + C01 + 'text = "ab"\ncopies = 2.0', "canaries.c01.copies in r.toml", "valid integer"),
        (CODE + C01 + 'text = "ab"\nplanted = "yes"', "canaries.c01.planted in r.toml", "valid boolean"),
        (CODE + C01 + 'text = "ab"\non = "yesterday"', "canaries.c01.on in r.toml", "valid date"),
        (CODE + C01 + 'text = "ab"\nwho = "me"', "canaries.c01.who in r.toml", "not permitted"),
        (CODE + C01 + f'text = "ab"\nabout = "{"x" * 1001}"', "canaries.c01.about in r.toml", "at most 1000"),
        (CODE + FORM + FORM.replace("form", "code"), "patterns.code in r.toml", "is the name of a domain too"),
        (FORM + '[canaries.x]\nrecipe = "form"\nvalues = {a = 3}\nlabel = "1"', "canaries.x in r.toml", "its recipe form"),
        (
            FORM + '[canaries.x]\nrecipe = "form"\nvalues = {a = true}\nlabel = "1"',
            "canaries.x.values.a in r.toml",
            "finite",
        ),
        (CODE.replace('"ab"', "1"), "patterns.code.alphabet in r.toml", "valid string"),
        (CODE + C01 + 'text = "ab"\n' + C01.replace("c01", "c02") + 'text = "ab"', "canaries.c01 in r.toml", "two names"),
    ],
)
def test_what_breaks_a_rule_is_named(text, argument, rule):
    with pytest.raises(InvalidInput) as caught:
        parse(text, where="r.toml")
    assert caught.value.argument == argument
    assert rule in caught.value.rule


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content):
    path = tmp_path / "r.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"r\.toml"):
        read(path)
