"""Harm over seeds, severity by its rule, and doubts about the evaluation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.errors import InvalidInput
from amlsec.evaluation.curves import before, harm, point
from amlsec.evaluation.play import Outcome
from amlsec.evaluation.sanity import less_sight_wins, more_helps_less, unbounded_loses
from amlsec.evaluation.severity import LEAST, severity, takes_an_insider
from amlsec.evidence import Curve, Interval, Point, Severity, change, rate
from grounds import card

OUTCOMES = st.lists(st.integers(0, 40).map(lambda won: Outcome(won, 0, 40, 0.0, 40)), min_size=1, max_size=7)


@given(OUTCOMES)
def test_the_interval_covers_every_seed(outcomes):
    found = harm(outcomes)
    shares = sorted(outcome.gained / 40 for outcome in outcomes)
    assert found.low <= shares[0] <= found.value <= shares[-1] <= found.high


def test_one_seed_of_evasion_has_the_exact_binomial_interval():
    found, exact = harm([Outcome(7, 0, 20, 0.0, 20)]), rate(7, 20)
    assert (found.low, found.value, found.high) == pytest.approx((exact.low, exact.value, exact.high))


def test_one_seed_of_poisoning_has_the_paired_interval():
    found, paired = harm([Outcome(7, 2, 50, 0.1, 50, paired=True)]), change(7, 2, 50)
    assert (found.low, found.value, found.high) == pytest.approx((paired.low, paired.value, paired.high))


def test_of_a_game_with_an_interval_of_its_own_what_was_lost_counts_too():
    found = harm([Outcome(0, 5, 50, 0.1, 50, paired=True, interval=(-0.2, 0.05))])
    assert (found.low, found.value, found.high) == pytest.approx((-0.2, -0.1, 0.05))


def test_seeds_that_differ_widen_the_interval_by_students_t():
    alike, apart = ([Outcome(won, 0, 1000, 0.0, 1000) for won in seeds] for seeds in ((500, 500, 500), (400, 500, 600)))
    assert harm(alike).high - harm(alike).low < 0.07
    assert harm(apart).high - 0.5 == pytest.approx(
        np.hypot(rate(500, 1000).high - 0.5, 4.302653 * 0.1 / np.sqrt(3)), rel=0.01
    )


@pytest.mark.parametrize("spread", [0.0, 0.03, 0.1])
def test_the_interval_covers_the_mean_over_attackers(spread):
    """Each seed draws its own attacker: his rate is normal around 0.4, and 300 rows are measured against it."""
    rng = np.random.default_rng(0)
    drawn = rng.binomial(300, np.clip(rng.normal(0.4, spread, (400, 3)), 0, 1))
    found = [harm([Outcome(float(won), 0, 300, 0.0, 300) for won in seeds]) for seeds in drawn]
    assert np.mean([interval.low <= 0.4 <= interval.high for interval in found]) >= 0.94


def test_a_game_that_gives_its_own_interval_is_believed():
    assert harm([Outcome(30, 0, 100, 0.01, 100, interval=(0.1, 0.6))]).low == pytest.approx(0.1)


def test_before_and_points():
    outcomes = [Outcome(7, 0, 20, 0.25, 40), Outcome(9, 0, 20, 0.25, 40)]
    assert before(outcomes) == rate(10, 40)
    assert point(0.01, outcomes) == Point(0.01, harm(outcomes), 20, 2)


def test_no_trials():
    with pytest.raises(InvalidInput):
        harm([Outcome(0, 0, 0, 0.0, 40)])


@pytest.mark.parametrize(("level", "least"), LEAST.items())
def test_severity_begins_at_its_least_lower_end(level, least):
    assert severity(Interval(1.0, least, 1.0)) == level
    assert severity(Interval(1.0, least - 1e-9, 1.0)).rank == level.rank - 1


def test_an_insider_is_one_step_milder_but_never_below_low():
    assert severity(Interval(1, 0.3, 1), insider=True) == Severity.MEDIUM
    assert severity(Interval(1, 0.03, 1), insider=True) == Severity.LOW
    assert severity(Interval(1, 0.0, 1), insider=True) == Severity.NONE


@pytest.mark.parametrize(
    ("attack", "share", "insider"),
    [
        (card("poisoning", None), 0.01, False),
        (card("poisoning", None, knowledge="features"), 0.05, False),
        (card("poisoning", None), 0.06, True),
        (card("poisoning", None, knowledge="data"), 0.01, True),
        (card("evasion", None, access="parameters"), 0.0, True),
        (card("evasion", None, access="scores"), 0.0, False),
    ],
)
def test_who_is_an_insider(attack, share, insider):
    assert takes_an_insider(attack, share=share) == insider


def _curve(*harms):
    return Curve("", "words", tuple(Point(float(i), rate(won, 100), 100, 1) for i, won in enumerate(harms)))


def test_more_budget_that_helps_less_is_doubted():
    assert more_helps_less([("a", _curve(10, 50, 90))]) == []
    assert more_helps_less([("a", _curve(10, 52, 50))]) == []  # within the intervals
    assert len(more_helps_less([("a", _curve(10, 90, 20))])) == 1
    assert len(more_helps_less([("a", _curve(90, 80, 70, 60))])) == 3  # no step is significant, the way down is


def test_an_unbounded_attack_that_loses_is_doubted():
    evasion, poison = "exploratory integrity targeted", "causative integrity targeted"
    assert unbounded_loses({evasion: rate(100, 100), poison: rate(60, 100)}) == []
    (doubt,) = unbounded_loses({evasion: rate(50, 100), poison: rate(60, 100)})
    assert evasion in doubt
    assert len(unbounded_loses({poison: rate(30, 100)})) == 1
    assert "50.0%" in doubt


def test_a_blind_attack_that_beats_all_who_see_is_doubted():
    blind, sighted = card("evasion", None), card("evasion", None, access="scores")
    assert len(less_sight_wins([(blind, rate(90, 100)), (sighted, rate(10, 100))])) == 1
    assert less_sight_wins([(blind, rate(50, 100)), (sighted, rate(60, 100))]) == []
    knowing = card("evasion", None, knowledge="features")
    assert less_sight_wins([(knowing, rate(90, 100)), (sighted, rate(10, 100))]) == []


def test_a_blind_attack_on_any_row_is_held_against_a_sighted_one_on_chosen_rows():
    blind, sighted = card("evasion", None), card("evasion", None, access="scores", specificity="targeted")
    alarms = card("evasion", None, access="scores", violation="availability")
    assert len(less_sight_wins([(blind, rate(90, 100)), (sighted, rate(10, 100))])) == 1
    assert less_sight_wins([(blind, rate(90, 100)), (alarms, rate(10, 100))]) == []
