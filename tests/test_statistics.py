import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, binomtest, false_discovery_control

from amlsec.errors import InvalidInput
from amlsec.statistics import (
    benjamini_hochberg,
    by_stratum,
    conformal_p_values,
    holm,
    limit,
    mcnemar_p_value,
    smallest_of,
    smallest_p,
)

SMALL = st.integers(0, 6).map(float)


def floats(least: int, most: int):
    return st.integers(least, most).flatmap(lambda n: arrays(np.float64, n, elements=SMALL))


@given(null=floats(0, 12), values=floats(0, 12))
def test_the_conformal_p_value_is_its_formula(null: np.ndarray, values: np.ndarray) -> None:
    naive = [(1 + sum(x >= value for x in null)) / (len(null) + 1) for value in values]
    np.testing.assert_allclose(conformal_p_values(null, values), naive)


@pytest.mark.parametrize("level", [0.05, 0.1, 0.3])
def test_good_rows_get_small_p_values_as_seldom_as_promised(level: float) -> None:
    rng = np.random.default_rng(0)
    p = [conformal_p_values(draw[1:], draw[:1])[0] for draw in rng.normal(size=(4000, 40))]
    assert np.mean(np.array(p) <= level) <= level + 3 * np.sqrt(level / 4000)


def test_strata_are_compared_with_their_own() -> None:
    null, strata = np.array([1.0, 2.0, 10.0, 20.0]), np.array([0, 0, 1, 1])
    p = by_stratum(null, strata, np.array([5.0, 5.0, 5.0]), np.array([0, 1, 7]))
    np.testing.assert_allclose(p, [1 / 3, 1.0, 1.0])


@given(p=st.lists(st.integers(1, 100), min_size=1, max_size=15), fdr=st.sampled_from([0.05, 0.1, 0.5]))
def test_benjamini_hochberg_agrees_with_scipy(p: list[int], fdr: float) -> None:
    values = np.array(p) / 100.3
    np.testing.assert_array_equal(benjamini_hochberg(values, fdr), false_discovery_control(values) <= fdr)


def test_benjamini_hochberg_of_nothing_is_nothing() -> None:
    assert benjamini_hochberg(np.zeros(0), 0.1).tolist() == []


@pytest.mark.parametrize("fdr", [0.0, 1.0, -0.1])
def test_a_rate_outside_its_range_is_refused(fdr: float) -> None:
    with pytest.raises(InvalidInput, match="fdr"):
        benjamini_hochberg(np.array([0.5]), fdr)


@given(null=floats(1, 12), values=floats(1, 12), level=st.floats(0.0, 1.0))
def test_a_value_above_the_limit_and_no_other_has_a_small_enough_p_value(
    null: np.ndarray, values: np.ndarray, level: float
) -> None:
    np.testing.assert_array_equal(values > limit(null, level), conformal_p_values(null, values) <= level + 1e-12)


def test_the_smallest_p_value_is_reached_beyond_all_null_values() -> None:
    assert conformal_p_values(np.arange(9.0), np.array([100.0]))[0] == smallest_p(9)


@given(counts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=5))
def test_mcnemar_agrees_with_scipys_binomial_test(counts: list[tuple[int, int]]) -> None:
    helped, hurt = np.array(counts).T
    scipys = [binomtest(b, a + b, alternative="greater").pvalue if a + b else 1.0 for a, b in counts]
    np.testing.assert_allclose(mcnemar_p_value(helped, hurt), scipys, rtol=1e-12)


def test_the_two_ways_of_mcnemar_share_the_outcome_itself() -> None:
    a, b = np.meshgrid(np.arange(30), np.arange(30))
    np.testing.assert_allclose(mcnemar_p_value(a, b) + mcnemar_p_value(b, a) - binom.pmf(b, a + b, 0.5), 1.0)


@pytest.mark.parametrize(("helped", "hurt"), [(-1, 2), (2, -1)])
def test_mcnemar_refuses_what_is_no_count(helped: int, hurt: int) -> None:
    with pytest.raises(InvalidInput, match="hurt"):
        mcnemar_p_value(np.array([helped]), np.array([hurt]))


TABLES = st.tuples(st.integers(1, 5), st.integers(1, 6)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 100).map(lambda i: i / 100))
)


@given(p=TABLES)
def test_one_verdict_of_several_is_bonferronis(p: np.ndarray) -> None:
    combined, test = smallest_of(p)
    for row, column in enumerate(p.T):
        assert combined[row] == pytest.approx(min(1.0, len(column) * min(column)))
        assert test[row] == list(column).index(min(column))


@given(p=TABLES, seed=st.integers(0, 99))
def test_one_verdict_does_not_depend_on_the_order_of_tests_and_only_falls_with_a_p_value(p: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    np.testing.assert_array_equal(smallest_of(rng.permutation(p)).p, smallest_of(p).p)
    assert (smallest_of(p * rng.random(p.shape)).p <= smallest_of(p).p).all()


def test_one_verdict_keeps_its_level_under_any_dependence() -> None:
    """The worst case: of three tests exactly one at a time is below a third of the level."""
    u = np.random.default_rng(0).random((1, 50_000))
    p = (u + np.array([[0.0], [1 / 3], [2 / 3]])) % 1
    assert np.mean(smallest_of(p).p <= 0.1) == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
@pytest.mark.parametrize("rule", [smallest_of, lambda p: benjamini_hochberg(p[0], 0.1)])
def test_what_is_no_p_value_is_refused(value: float, rule) -> None:
    with pytest.raises(InvalidInput, match="p is"):
        rule(np.array([[0.5, value]]))


@given(p=st.lists(st.integers(0, 20).map(lambda k: k / 400), max_size=8).map(np.array))
def test_holm_steps_down_from_the_smallest(p: np.ndarray) -> None:
    """Written as Holm did: the smallest is held against level / m, the next against level / (m - 1), until one is larger."""
    left, rejected = list(range(len(p))), set()
    while left and p[best := min(left, key=lambda i: p[i])] <= 0.05 / len(left):
        rejected.add(best)
        left.remove(best)
    assert set(np.flatnonzero(holm(p, 0.05))) == rejected


def test_holm_rejects_a_true_one_as_seldom_as_promised() -> None:
    """Among three true and two false ones, however the true ones hang together."""
    rng = np.random.default_rng(0)
    false = np.zeros(2)
    alone = np.mean([holm(np.r_[rng.random(3), false], 0.1)[:3].any() for _ in range(3000)])
    together = np.mean([holm(np.r_[np.full(3, rng.random()), false], 0.1)[:3].any() for _ in range(3000)])
    assert max(alone, together) <= 0.1 + 3 * np.sqrt(0.1 / 3000)
    assert alone > 0.07
