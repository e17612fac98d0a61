"""Marks follow from measurements alone."""

from dataclasses import asdict, replace

import pytest

from amlsec.bench.table import Mark, Row, alone, behind, mark
from amlsec.catalogue import named
from amlsec.evaluation.jobs import Job
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.results import Results
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


def test_a_row_says_why_its_own_games_were_lost_and_how_often_both_were_played():
    card, results = named("random-flips"), Results()
    for seed in (0, 1):
        for defense, adaptive in (("", False), ("sphere", False), ("sphere", True)):
            job = Job("random-flips", defense, 0.1, seed, adaptive=adaptive)
            lost = {"failed": "ValueError: one class"} if adaptive and seed else None
            results.add(job, lost or {"outcome": asdict(Outcome(60, 0, 100, 0.0, 100, paired=True))})
    results.add(Job("random-flips", "sphere", 0.3), {"failed": "ValueError: another share"})
    results.add(Job("random-flips", "slab", 0.1), None)
    base = alone("x", card, 0.1, results)
    assert (base.seeds, base.mark) == (2, Mark.BREAKS)
    row = behind(base, card, "sphere", results)
    assert (row.seeds, row.because) == (1, "")
    assert behind(base, card, "slab", results).because == "the time was over"
    assert behind(replace(base, share=0.3), card, "sphere", results).because == "ValueError: another share"


def test_what_is_left_is_what_the_stronger_attacker_gains():
    row = Row("sms", "dictionary", 0.01, ALONE)
    assert row.left == ALONE
    assert Row("sms", "dictionary", 0.01, ALONE, "roni", rate(5, 100), rate(9, 100)).left == rate(9, 100)
