"""Rules of layers: read, written, applied, with a layer bypassed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.errors import InvalidInput
from amlsec.layered.rule import Rule, parsed

NAMES = ("a", "b", "c", "d", "e-f")


def rules(names=NAMES):
    """Rules over distinct names, of any shape."""

    def split(some):
        if len(some) == 1:
            return st.just(Rule(some[0]))
        halves = st.integers(1, len(some) - 1).flatmap(lambda k: st.tuples(split(some[:k]), split(some[k:])))
        return st.tuples(halves, st.booleans()).map(lambda t: t[0][0] & t[0][1] if t[1] else t[0][0] | t[0][1])

    return st.lists(st.sampled_from(names), min_size=1, unique=True).flatmap(split)


def naive(rule, said):
    """The decision on one row, from what layers say, one by one."""
    if rule.layer:
        return said[rule.layer]
    return (max if rule.join == "&" else min)(naive(part, said) for part in rule.parts)


def decisions(row):
    return {name: np.array([value]) for name, value in zip(NAMES, row, strict=True)}


ROWS = st.tuples(*[st.integers(0, 2)] * len(NAMES))


@given(rules(), ROWS)
def test_a_rule_read_again_from_its_text_decides_as_before(rule, row):
    again = parsed(str(rule))
    assert again == rule
    assert again.decide(decisions(row))[0] == naive(rule, dict(zip(NAMES, row, strict=True)))


@given(rules(), ROWS, st.sampled_from(NAMES), st.integers(0, 2))
def test_a_stricter_layer_never_makes_the_rule_milder(rule, row, name, value):
    said = decisions(row)
    stricter = said | {name: np.maximum(said[name], value)}
    assert (rule.decide(stricter) >= rule.decide(said)).all()


@given(rules(), ROWS)
def test_the_evidence_is_0_only_where_a_row_passes(rule, row):
    said = decisions(row)
    assert (rule.evidence(said)[0] == 0) == (rule.decide(said)[0] == 0)


@given(rules(), ROWS, st.sampled_from(NAMES))
def test_a_bypassed_layer_is_one_that_is_neither_needed_nor_enough(rule, row, name):
    left = rule.without(name)
    if left is None:
        assert rule.layers == (name,)
        return
    assert set(left.layers) == set(rule.layers) - {name}
    values = dict(zip(NAMES, row, strict=True))
    if rule.join == "&" and all(part.layer for part in rule.parts):
        assert naive(left, values) == naive(rule, values | {name: 0})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends too early"),
        ("a &", "ends too early"),
        ("(a", "ends too early"),
        ("a b", "cannot be read at 'b'"),
        ("a | & b", "cannot be read at '&'"),
        ("a)", r"cannot be read at '\)'"),
        ("A & b", "cannot be read at 'A'"),
        ("a & b | a", "names a twice"),
    ],
)
def test_what_is_no_rule_is_refused_by_name(text, said):
    with pytest.raises(InvalidInput, match=rf"layers is .*{said}"):
        parsed(text)


def test_and_binds_stronger_than_or():
    assert parsed("a & b | c") == (Rule("a") & Rule("b")) | Rule("c")
    assert str(parsed("a & (b | c & d)")) == "a & (b | c & d)"


def test_kinds_are_parted_at_and_only():
    kind = {"a": "screen", "b": "guard", "c": "guard", "d": "screen"}.__getitem__
    assert {key: str(rule) for key, rule in parsed("a & (b | c) & d").split(kind).items()} == {
        "screen": "a & d",
        "guard": "b | c",
    }
    with pytest.raises(InvalidInput, match=r"layers is 'a \| b': screens judge training rows"):
        parsed("c & (a | b)").split(kind)
