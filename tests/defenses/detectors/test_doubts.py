import warnings

import numpy as np
import pytest
from scipy.stats import chi2

from amlsec.defenses.detectors.doubts import DoubtfulFit, doubt_carried, doubt_limit, doubt_tails


def quiet(doubt, *arguments):
    with warnings.catch_warnings(action="error"):
        doubt(*arguments)


@pytest.mark.parametrize("n", [5, 30, 99, 1000])
def test_gaussian_scores_are_in_no_doubt(n):
    quiet(doubt_carried, np.random.default_rng(0).normal(size=(n, 4)))


def test_rows_that_carry_a_component_are_named():
    scores = np.random.default_rng(0).normal(size=(500, 3))
    scores[[7, 90], 1] = 200, -300
    rule = r"5 of 500 rows carry over 90% of component\(s\) \[1\], as rows \[90, 7, \d+\] do.*Drop them.*Antidote"
    with pytest.warns(DoubtfulFit, match=rule):
        doubt_carried(scores)


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.001, 1e-9])
def test_chi_squared_errors_under_their_own_limit_are_in_no_doubt(rate):
    for freedom in (1, 5, 50):
        errors = chi2(freedom).ppf((np.arange(2000) + 0.5) / 2000)
        quiet(doubt_limit, errors, chi2(freedom).isf(rate), rate)


def test_a_limit_far_above_the_errors_is_doubted():
    with pytest.warns(DoubtfulFit, match="the limit is 250 times the median squared error.*Drop broken rows"):
        doubt_limit(np.full(100, 2.0), 500.0, 0.001)


def test_errors_that_are_mostly_nought_are_doubted():
    with pytest.warns(DoubtfulFit, match="half of the rows have no squared error.*fewer components"):
        doubt_limit(np.array([0.0, 0.0, 0.0, 1.0]), 5.0, 0.001)


def test_many_alarms_are_doubted_against_the_rate_asked_for():
    errors = np.where(np.arange(100) < 20, 9.0, 1.0)
    with pytest.warns(DoubtfulFit, match=r"20.0% of the training rows alarm at a false_alarm_rate of 0.1%.*score_samples"):
        doubt_limit(errors, 5.0, 0.001)
    quiet(doubt_limit, errors, 5.0, 0.02)


@pytest.mark.parametrize("h", [0.0, -0.3])
def test_heavy_tails_are_doubted(h):
    with pytest.warns(DoubtfulFit, match="heavy tails.*Box's limit stands in"):
        doubt_tails(h)
    quiet(doubt_tails, 0.01)
