"""Closed forms of differential privacy, against integrals, the optimal composition theorem and dp-accounting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.integrate import quad, trapezoid
from scipy.optimize import brentq
from scipy.stats import binom, norm

from amlsec import privacy
from amlsec.errors import InvalidInput
from amlsec.privacy import Privacy, claim, gaussian_delta, gaussian_ratio


def composed_pure(epsilon, times, delta):
    """Kairouz, Oh and Viswanath (2015), equation 3: the loss of so many randomized responses is binomial."""
    right = np.exp(epsilon) / (1 + np.exp(epsilon))
    chance, loss = binom.pmf(np.arange(times + 1), times, right), (2 * np.arange(times + 1) - times) * epsilon
    return brentq(lambda e: chance @ np.maximum(0, 1 - np.exp(np.minimum(e - loss, 0))) - delta, 0, times * epsilon)


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("ratio", [0.1, 1.0, 4.0])
def test_the_delta_of_normal_noise_is_the_integral_of_what_epsilon_does_not_cover(epsilon, ratio):
    def uncovered(x):
        return max(norm.pdf(x, ratio) - np.exp(epsilon) * norm.pdf(x), 0.0)

    edge = epsilon / ratio + ratio / 2
    expected = quad(uncovered, edge, edge + 40, epsabs=1e-13)[0]
    assert gaussian_delta(epsilon, ratio) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(some.floats(0.01, 20), some.floats(-9, -1))
def test_the_ratio_is_the_largest_that_keeps_delta(epsilon, exponent):
    delta = 10**exponent
    ratio = gaussian_ratio(Privacy(epsilon, delta))
    assert gaussian_delta(epsilon, ratio) <= delta
    assert gaussian_delta(epsilon, ratio * (1 + 1e-6)) > delta


@pytest.mark.parametrize(
    ("epsilon", "delta"), [(1e-300, 1e-300), (1e-17, 1e-20), (1e-12, 1e-20), (1e-9, 1e-9), (1e-6, 1e-300), (1e3, 1e-20)]
)
def test_minute_claims_are_kept_too_by_an_integral_that_takes_no_difference(epsilon, delta):
    """Delta is the tail integral of 1 - e^(epsilon - loss), the loss being normal: a sum of positive terms."""
    ratio = gaussian_ratio(Privacy(epsilon, delta))
    loss = epsilon + np.linspace(0, 10 * ratio + 10 * ratio**2, 200_001)
    density = norm.pdf((loss - ratio**2 / 2) / ratio) / ratio
    assert trapezoid(-np.expm1(epsilon - loss) * density, loss) <= delta


@pytest.mark.parametrize("epsilon", [1e12, 1e150, 1.7e308])
def test_there_is_noise_for_the_largest_epsilon(epsilon):
    """Where it is far from 0, a normal loss of mean ratio^2 / 2 reaches it at ratio sqrt(2 epsilon)."""
    ratio = gaussian_ratio(Privacy(epsilon, 1e-6))
    assert ratio == pytest.approx(np.sqrt(2) * np.sqrt(epsilon), rel=1e-5)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 5.0])
def test_normal_noise_as_the_accountant_counts_it(epsilon):
    losses = pytest.importorskip("dp_accounting.pld.privacy_loss_distribution")
    ratio = gaussian_ratio(Privacy(epsilon, 1e-5))
    known = losses.from_gaussian_mechanism(1 / ratio, value_discretization_interval=1e-4)
    assert known.get_epsilon_for_delta(1e-5) == pytest.approx(epsilon, rel=2e-3)


@pytest.mark.parametrize(("epsilon", "nights"), [(0.01, 365), (0.1, 30), (1.0, 12)])
def test_many_trainings_leave_what_the_composition_theorem_says(epsilon, nights):
    pytest.importorskip("dp_accounting")
    left = Privacy(epsilon).after(nights, delta=1e-6)
    assert left.delta == 1e-6
    assert left.epsilon == pytest.approx(composed_pure(epsilon, nights, 1e-6), rel=1e-6)


def test_a_year_of_nights_at_epsilon_one():
    """365 in sum; 245 at delta 1e-6: retraining every night at epsilon 1 keeps nothing."""
    pytest.importorskip("dp_accounting")
    assert Privacy(1.0).after(365) == (365.0, 0.0)
    assert Privacy(1.0).after(365, delta=1e-6).epsilon == pytest.approx(244.6, abs=0.1)


def test_deltas_add_up():
    pytest.importorskip("dp_accounting")
    once = Privacy(0.5, 1e-7)
    assert once.after(1, delta=1e-7).epsilon == pytest.approx(0.5)
    assert once.after(10, delta=1e-4).epsilon < 5
    with pytest.raises(InvalidInput, match="must be at least 1e-06, the claims' own in sum"):
        once.after(10)


def test_less_than_a_claim_s_own_delta_is_never_promised():
    with pytest.raises(InvalidInput, match="delta is 0.0: must be at least 3e-18"):
        Privacy(1.0, 1e-18).after(3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: claim(0.0), "epsilon is 0.0: must be a finite number above 0"),
        (lambda: claim(np.nan), "epsilon is nan"),
        (lambda: claim(np.inf), "epsilon is inf"),
        (lambda: claim(1.0, 1.0), "delta is 1.0: must lie in"),
        (lambda: claim(1.0, -0.1), "delta is -0.1"),
        (lambda: gaussian_ratio(Privacy(1.0)), "delta is 0.0: must be above 0: normal noise keeps no epsilon alone"),
        (lambda: gaussian_ratio(Privacy(1.0, 5e-324)), "epsilon, delta is .1.0, 5e-324.: are too small for double"),
        (lambda: gaussian_ratio(Privacy(0.0, 1e-20)), "epsilon, delta is .0.0, 1e-20.: are too small for double"),
        (lambda: Privacy(1.0).after(0), "trainings is 0: must be at least 1"),
        (lambda: Privacy(1.0).after(2, delta=1.0), "delta is 1.0: must lie in"),
    ],
)
def test_bad_numbers_are_named(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


def test_without_the_accountant_the_extra_is_named(monkeypatch):
    def gone(name):
        raise ImportError(name)

    monkeypatch.setattr(privacy, "import_module", gone)
    with pytest.raises(InvalidInput, match=r"dp_accounting is None: is needed here: pip install 'amlsec\[privacy\]'"):
        Privacy(1.0).after(2, delta=1e-6)
