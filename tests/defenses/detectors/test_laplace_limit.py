import numpy as np
import pytest
from scipy.stats import laplace

from amlsec.defenses.detectors.laplace_limit import laplace_limit
from amlsec.errors import InvalidInput


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.01, 0.001])
def test_it_is_the_quantile_of_the_laplace_distribution_with_that_median_and_deviation(rate):
    values = np.random.default_rng(0).exponential(size=500)
    middle = np.median(values)
    known = laplace(middle, np.median(np.abs(values - middle)) / np.log(2)).isf(rate)
    assert laplace_limit(values, rate) == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize("rate", [0.2, 0.02])
def test_laplace_values_exceed_it_at_the_rate(rate):
    rng = np.random.default_rng(1)
    limit = laplace_limit(rng.laplace(5, 2, 20_000), rate)
    assert (rng.laplace(5, 2, 20_000) > limit).mean() == pytest.approx(rate, rel=0.1)


def test_two_fifths_of_the_values_however_large_move_it_little():
    values = np.random.default_rng(2).laplace(size=1000)
    before = laplace_limit(values, 0.01)
    values[:400] = 1e12
    assert before < laplace_limit(values, 0.01) < 7 * before


def test_values_that_are_mostly_equal_are_refused():
    with pytest.raises(InvalidInput, match="squared errors is '2 in half of the rows': must differ in more than half"):
        laplace_limit(np.array([2.0, 2.0, 2.0, 1.0, 9.0]), 0.01)
