"""Variances of many rows from few draws each, against the laws that they are drawn from."""

import numpy as np
import pytest
from scipy.stats import invgamma

from amlsec.attacks.spreads import SUREST_PRIOR, moderated, shared


def draws(variance, models, seed=0, gaps=0.0):
    rng = np.random.default_rng(seed)
    drawn = rng.normal(0, np.sqrt(variance), (models, len(variance)))
    return np.where(rng.random(drawn.shape) < gaps, np.nan, drawn)


@pytest.mark.parametrize(("weight", "usual"), [(3.0, 0.5), (10.0, 4.0)])
@pytest.mark.parametrize("gaps", [0.0, 0.4])
def test_finds_the_law_of_the_variances_and_takes_the_posterior_mean(weight, usual, gaps):
    """A scaled inverse chi-square law is an inverse gamma law of shape weight / 2 and scale weight usual / 2."""
    truth = invgamma(weight / 2, scale=weight * usual / 2).rvs(20_000, random_state=np.random.default_rng(1))
    drawn = draws(truth, 8, gaps=gaps)
    freedom = np.maximum((~np.isnan(drawn)).sum(axis=0) - 1, 0)
    spread = moderated(drawn)
    found = spread.freedom - freedom
    assert np.ptp(found) == pytest.approx(0, abs=1e-9)
    assert found[0] == pytest.approx(weight, rel=0.2)
    squares = np.nansum((drawn - np.nansum(drawn, axis=0) / (freedom + 1)) ** 2, axis=0)
    some = freedom > 0
    np.testing.assert_allclose(spread.variance[some], ((weight * usual + squares) / (weight + freedom))[some], rtol=0.2)


def test_rows_that_are_alike_share_one_variance():
    drawn = draws(np.full(5000, 2.0), 6)
    spread = moderated(drawn)
    assert (spread.freedom > 100).all()
    np.testing.assert_allclose(spread.variance, 2.0, rtol=0.15)
    assert shared(drawn).variance == pytest.approx(2.0, rel=0.05)


def test_is_nearer_to_the_truth_than_each_rows_own_variance_or_one_for_all():
    truth = invgamma(2, scale=2).rvs(5000, random_state=np.random.default_rng(2))
    drawn = draws(truth, 5)
    own, one = np.var(drawn, axis=0, ddof=1), float(shared(drawn).variance)
    error = {name: np.mean(np.log(each / truth) ** 2) for name, each in (("own", own), ("one", one))}
    assert np.mean(np.log(moderated(drawn).variance / truth) ** 2) < 0.8 * min(error.values())


def test_shared_is_pooled():
    drawn = draws(np.array([1.0, 4.0, 9.0]), 5, gaps=0.3)
    columns = [column[~np.isnan(column)] for column in drawn.T]
    pooled = sum(((c - c.mean()) ** 2).sum() for c in columns) / sum(len(c) - 1 for c in columns)
    assert shared(drawn).variance == pytest.approx(pooled)


def test_what_no_draw_tells_is_nan_and_a_single_row_has_its_own():
    assert np.isnan(shared(np.zeros((1, 3))).variance)
    assert np.isnan(moderated(np.ones((4, 3))).variance).all()
    one = np.array([[1.0], [3.0], [5.0]])
    assert moderated(one).variance == pytest.approx([4.0])
    assert moderated(one).freedom[0] < SUREST_PRIOR
