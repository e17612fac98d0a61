"""Intervals against another library's, against the formula and by counting how often they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Interval, Severity, Verdicts, change, rate


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95, 0.99]))
def test_rate_is_the_exact_interval_of_scipy(counted: tuple[int, int], confidence: float) -> None:
    successes, trials = counted
    found = rate(successes, trials, confidence)
    expected = binomtest(successes, trials).proportion_ci(confidence, method="exact")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert found.value == successes / trials
    assert found.low <= found.value <= found.high


@given(st.floats(0, 50), st.integers(50, 200))
def test_rate_of_a_mean_over_repetitions_lies_between_its_neighbours(successes: float, trials: int) -> None:
    floor, ceil = rate(int(successes), trials), rate(min(int(successes) + 1, trials), trials)
    found = rate(successes, trials)
    assert floor.low <= found.low + 1e-12 <= ceil.low + 2e-12
    assert floor.high <= found.high + 1e-12 <= ceil.high + 2e-12


@given(st.integers(0, 60), st.integers(0, 60), st.integers(120, 300))
def test_change_is_the_adjusted_wald_interval_of_paired_shares(gained: int, lost: int, trials: int) -> None:
    """Bonett and Price 2012: (f12+1)/(n+2) - (f21+1)/(n+2) -+ z sqrt((p12 + p21 - (p12 - p21)^2)/(n+2))."""
    p12, p21 = (gained + 1) / (trials + 2), (lost + 1) / (trials + 2)
    half = norm.ppf(0.975) * np.sqrt((p12 + p21 - (p12 - p21) ** 2) / (trials + 2))
    found = change(gained, lost, trials)
    assert found.value == pytest.approx((gained - lost) / trials)
    assert found.low == pytest.approx(min(p12 - p21 - half, found.value))
    assert found.high == pytest.approx(max(p12 - p21 + half, found.value))


@pytest.mark.parametrize(("up", "down"), [(0.3, 0.0), (0.1, 0.1), (0.02, 0.01), (0.5, 0.2)])
def test_change_holds_the_truth_about_as_often_as_it_says(up: float, down: float) -> None:
    rng = np.random.default_rng(0)
    draws = rng.multinomial(150, [up, down, 1 - up - down], size=1500)
    held = [found.low <= up - down <= found.high for found in (change(int(g), int(b), 150) for g, b, _ in draws)]
    assert np.mean(held) > 0.935


@given(st.integers(0, 40), st.integers(0, 40), st.integers(80, 200))
def test_change_back_is_change_turned_round(gained: int, lost: int, trials: int) -> None:
    there, back = change(gained, lost, trials), change(lost, gained, trials)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


@pytest.mark.parametrize(("successes", "trials"), [(-1, 10), (11, 10), (0, 0)])
def test_impossible_counts_are_refused(successes: int, trials: int) -> None:
    with pytest.raises(InvalidInput, match="successes of trials"):
        rate(successes, trials)


@pytest.mark.parametrize(("gained", "lost", "trials"), [(-1, 0, 10), (6, 5, 10), (0, 0, 0)])
def test_impossible_changes_are_refused(gained: int, lost: int, trials: int) -> None:
    with pytest.raises(InvalidInput, match="gained, lost of trials"):
        change(gained, lost, trials)


def test_an_interval_reads_in_percent() -> None:
    assert str(Interval(0.125, 0.1, 0.2)) == "12.5% (10.0% to 20.0%)"


def test_verdicts_are_columns_of_one_length() -> None:
    decision = np.array([Decision.ACCEPT, Decision.QUARANTINE, Decision.REJECT], dtype=np.int8)
    verdicts = Verdicts(decision, np.arange(3.0), 0.5, ["a", "b", "c"])
    assert verdicts.accepted.tolist() == [True, False, False]
    assert verdicts.limit.tolist() == [0.5, 0.5, 0.5]
    with pytest.raises(InvalidInput, match=r"verdicts is \(3, 3, 2\)"):
        Verdicts(decision, np.arange(3.0), 0.5, ["a", "b"])


def test_severities_are_ordered() -> None:
    assert [severity.rank for severity in Severity] == list(range(5))
    assert max(Severity, key=lambda severity: severity.rank) == Severity.CRITICAL


def test_no_share_is_shown_as_minus_0():
    assert str(Interval(-0.0001, -0.0004, 0.25)) == "0.0% (0.0% to 25.0%)"
