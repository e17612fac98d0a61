import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from amlsec.attacks.log_odds import own_log_odds


@given(st.lists(st.tuples(st.floats(-30, 30), st.integers(0, 1)), min_size=1))
def test_probabilities_and_the_margins_they_stand_for_agree(pairs):
    margins, y = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    own = np.where(y == 1, margins, -margins)
    np.testing.assert_allclose(own_log_odds(expit(margins), y), own, atol=1e-2, rtol=1e-9)


def test_zero_and_one_are_finite_and_opposite():
    odds = own_log_odds(np.array([0.0, 1.0, 1.0, 0.0]), np.array([0, 0, 1, 1]))
    np.testing.assert_allclose(odds / odds[0], [1, -1, 1, -1])
    assert 700 < odds[0] < np.inf


def test_one_score_outside_makes_all_of_them_margins():
    assert own_log_odds(np.array([0.5, 1.5]), np.array([1, 0])).tolist() == [0.5, -1.5]
