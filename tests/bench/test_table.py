"""Marks follow from measurements alone."""

import pytest

from amlsec.bench.table import Mark, Row, mark
from amlsec.evidence import Interval, change, rate

ALONE = rate(80, 100)


@pytest.mark.parametrize(
    ("blind", "knowing", "shown"),
    [
        (rate(1, 100), rate(2, 100), Mark.HOLDS),
        (rate(1, 100), rate(30, 100), Mark.HELPS),
        (rate(30, 100), rate(30, 100), Mark.HELPS),
        (rate(1, 100), rate(79, 100), Mark.BREAKS_ADAPTIVELY),
        (rate(30, 100), rate(79, 100), Mark.BREAKS_ADAPTIVELY),
        (rate(79, 100), rate(1, 100), Mark.BREAKS),
        (rate(79, 100), None, Mark.BREAKS),
        (rate(1, 100), None, Mark.NOT_RUN),
        (rate(0, 2), rate(0, 2), Mark.NOT_SHOWN),
        (rate(1, 100), rate(0, 2), Mark.NOT_SHOWN),
    ],
)
def test_the_weaker_of_the_two_showings_counts(blind, knowing, shown):
    assert mark(ALONE, blind, knowing) == shown


def test_what_is_left_breaks_a_defense_only_where_it_is_more_than_chance():
    """Of 36 % alone, 10 % are left, give or take 40 points: that shows nothing."""
    alone = Interval(0.36, 0.12, 0.57)
    assert mark(alone, Interval(0.10, -0.20, 0.55), Interval(0.10, -0.20, 0.55)) == Mark.NOT_SHOWN
    assert mark(alone, Interval(0.15, 0.02, 0.30), Interval(0.15, 0.02, 0.30)) == Mark.BREAKS


def test_an_attack_without_harm_makes_no_defense_look_good():
    assert mark(change(3, 2, 100), rate(0, 100), rate(0, 100)) == Mark.NOT_APPLICABLE


def test_little_harm_must_shrink_to_be_held():
    """Harm of 4 to 8 % is under 10 % with no defense at all."""
    alone, same, less = Interval(0.06, 0.04, 0.08), Interval(0.05, 0.03, 0.07), Interval(0.01, 0.0, 0.02)
    assert mark(alone, same, same) == Mark.BREAKS
    assert mark(alone, less, less) == Mark.HOLDS


def test_what_is_left_is_what_the_stronger_attacker_gains():
    row = Row("sms", "dictionary", 0.01, ALONE)
    assert row.left == ALONE
    assert Row("sms", "dictionary", 0.01, ALONE, "roni", rate(5, 100), rate(9, 100)).left == rate(9, 100)
