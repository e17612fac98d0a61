import tracemalloc
from itertools import combinations

import numpy as np
import pytest

from amlsec.defenses.screens.group_tests import DRAWS, _picks, judge_groups, permutation_p_value, with_surprise
from amlsec.defenses.screens.harm_tests import Harm
from amlsec.evidence import rate
from amlsec.statistics import conformal_p_values


def malicious(harm: np.ndarray, null: np.ndarray) -> Harm:
    return Harm(harm[None], np.ones(len(harm), dtype=int), null[None], np.ones(len(null), dtype=int), ["harm"])


@pytest.mark.parametrize(("n", "k"), [(9, 3), (4, 6), (12, 2)])
def test_p_values_are_those_of_all_ways_to_pick_the_group(n: int, k: int) -> None:
    rng = np.random.default_rng(n)
    null, values = rng.normal(size=n), rng.normal(size=k) + 0.4
    pooled = np.concatenate([null, values])
    sums = np.array([pooled[list(pick)].sum() for pick in combinations(range(n + k), k)])
    exact = (sums >= values.sum() - 1e-9).mean()
    found = permutation_p_value(null, values)
    assert (
        rate(round(found * (DRAWS + 1)), DRAWS + 1, 0.999).low
        <= exact
        <= rate(round(found * (DRAWS + 1)), DRAWS + 1, 0.999).high
    )


def test_every_set_is_as_likely_and_takes_no_place_twice() -> None:
    picks = np.sort(_picks(6, 3), axis=1)
    assert (np.diff(picks, axis=1) > 0).all()
    _, counts = np.unique(picks, axis=0, return_counts=True)
    assert len(counts) == 20
    assert ((counts - DRAWS / 20) ** 2 / (DRAWS / 20)).sum() < 43.8  # chi-square with 19 degrees of freedom, 99.9 %


def test_a_group_of_one_has_the_p_value_of_its_row() -> None:
    null = np.random.default_rng(0).normal(size=80)
    assert permutation_p_value(null, np.array([1.5])) == conformal_p_values(null, np.array([1.5]))[0]


@pytest.mark.parametrize(("null", "values"), [([], [1.0, 2.0]), ([1.0], []), ([3.0] * 9, [3.0] * 4)])
def test_nothing_is_said_without_values_or_of_equal_ones(null: list[float], values: list[float]) -> None:
    assert permutation_p_value(np.array(null), np.array(values)) == 1.0


def test_the_order_of_a_groups_rows_makes_no_difference() -> None:
    rng = np.random.default_rng(0)
    null, values = rng.normal(size=50), rng.normal(size=7)
    assert permutation_p_value(null, values) == permutation_p_value(null, values[::-1])


def test_groups_of_good_rows_have_small_p_values_as_seldom_as_they_say() -> None:
    """Heavy tails, and one calibration set for each group: 600 groups."""
    rng = np.random.default_rng(0)
    p = np.array([permutation_p_value(rng.standard_cauchy(60), rng.standard_cauchy(5)) for _ in range(600)])
    for level in (0.01, 0.05, 0.2):
        assert rate(int((p <= level).sum()), 600, 0.99).low <= level


def test_copies_of_one_honest_row_do_not_make_a_group_guilty() -> None:
    null = np.random.default_rng(0).normal(size=200)
    measured = malicious(np.full(30, np.quantile(null, 0.9)), null)
    one_group, apart = np.zeros(30, dtype=int), np.arange(30)
    assert judge_groups(measured, one_group, np.zeros(30, dtype=int), np.arange(200), 0.05).accepted.all()
    assert not judge_groups(measured, one_group, apart, np.arange(200), 0.05).accepted.any()


def test_each_label_of_a_group_is_judged_for_itself() -> None:
    null = np.random.default_rng(0).normal(size=200)
    y = np.arange(40) % 2
    measured = Harm(np.where(y == 1, 2.0, 0.0)[None], y, null[None], np.arange(200) % 2, ["harm"])
    verdicts = judge_groups(measured, np.zeros(40, dtype=int), np.arange(40), np.arange(200), 0.05)
    np.testing.assert_array_equal(verdicts.accepted, y == 0)


def test_the_test_that_finds_a_group_is_named() -> None:
    rng = np.random.default_rng(0)
    null = rng.normal(size=(2, 200))
    harm = np.stack([rng.normal(size=20), rng.normal(size=20) + 3])
    measured = Harm(harm, np.ones(20, dtype=int), null, np.ones(200, dtype=int), ["one", "other"])
    verdicts = judge_groups(measured, np.zeros(20, dtype=int), np.arange(20), np.arange(200), 0.05)
    assert not verdicts.accepted.any()
    assert all(reason.startswith("other: ") and "p = 0.0003" in reason for reason in verdicts.reason)


def test_surprise_is_the_sum_over_tests_of_the_log_of_ranks() -> None:
    rng = np.random.default_rng(0)
    null, values = rng.integers(0, 9, (2, 12)).astype(float), rng.integers(0, 9, (2, 4)).astype(float)
    before, after = with_surprise(null, values)
    np.testing.assert_array_equal(before[:2], null)
    np.testing.assert_array_equal(after[:2], values)
    for k in range(16):
        shares = [sum(x >= row[k] for x in row) / 17 for row in np.concatenate([null, values], axis=1)]
        assert np.append(before[2], after[2])[k] == pytest.approx(-sum(np.log(shares)))


def test_what_each_of_two_tests_hardly_sees_both_see_together() -> None:
    rng = np.random.default_rng(1)
    null, harm = rng.standard_t(2, size=(2, 400)), rng.standard_t(2, size=(2, 20)) + 1.0
    measured = Harm(harm, np.ones(20, dtype=int), null, np.ones(400, dtype=int), ["one", "other"])
    verdicts = judge_groups(measured, np.zeros(20, dtype=int), np.arange(20), np.arange(400), 0.05)
    alone = [permutation_p_value(*pair) for pair in zip(null, harm, strict=True)]
    assert verdicts.reason[0].startswith("how surprising all tests together")
    assert 10 ** -verdicts.score[0] < min(alone)


def test_rows_far_out_of_an_innocent_group_are_held_back() -> None:
    measured = malicious(np.array([31.0, 10.0]), np.arange(21.0))
    verdicts = judge_groups(measured, np.array([0, 1]), np.array([0, 1]), np.arange(21), 0.05)
    assert verdicts.accepted.tolist() == [False, True]


def test_a_tenth_of_bad_rows_that_do_not_stand_out_alone_betray_a_group() -> None:
    rng = np.random.default_rng(0)
    null, harm = rng.normal(size=1000), rng.normal(size=200)
    harm[:10] = 3.0
    verdicts = judge_groups(malicious(harm, null), np.repeat([0, 1], 100), np.arange(200), np.arange(1000), 0.05)
    assert not malicious(harm, null).far.any()
    assert verdicts.accepted.tolist() == [False] * 100 + [True] * 100


def test_a_group_larger_than_the_calibration_rows_is_tested_by_those_left_over() -> None:
    rng = np.random.default_rng(0)
    null, values = rng.normal(size=30), rng.normal(0.3, size=90)
    pooled = np.concatenate([null, values])
    shuffled = np.mean([rng.permutation(pooled)[:90].sum() >= values.sum() for _ in range(20_000)])
    assert permutation_p_value(null, values) == pytest.approx(shuffled, abs=0.01)


def test_a_source_of_60_000_rows_is_judged_in_bounded_memory() -> None:
    """Marks of all draws at once would take 600 MB, and their sums 5 GB."""
    rng = np.random.default_rng(1)
    tracemalloc.start()
    p = permutation_p_value(rng.normal(size=100), rng.normal(size=60_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.01 < p < 0.99
    assert peak < 300e6
