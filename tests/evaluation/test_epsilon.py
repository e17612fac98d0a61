import numpy as np
import pytest
from scipy.stats import beta, binom

from amlsec.errors import InvalidInput
from amlsec.evaluation.epsilon import lower_bound, violates
from amlsec.privacy import Privacy, gaussian_ratio

RUNS = 200


def coins(rng, chance, n):
    return (rng.random(n) < chance).astype(float)


def randomized_response(rng, epsilon, n):
    """Guesses of who sees the reported bit: the truth with chance e^epsilon / (1 + e^epsilon), so epsilon exactly."""
    truth = 1 / (1 + np.exp(-epsilon))
    return coins(rng, truth, n), coins(rng, 1 - truth, n)


def laplace(rng, epsilon, n):
    """A count of sensitivity 1 with Laplace noise of scale 1 / epsilon: epsilon exactly, in the tails."""
    return rng.laplace(1, 1 / epsilon, n), rng.laplace(0, 1 / epsilon, n)


def bounds(mechanism, epsilon, n, confidence=0.95, runs=RUNS):
    draws = np.random.default_rng(0)
    return np.array([lower_bound(*mechanism(draws, epsilon, n), confidence=confidence) for _ in range(runs)])


@pytest.mark.parametrize("confidence", [0.95, 0.7])
@pytest.mark.parametrize("mechanism", [randomized_response, laplace])
@pytest.mark.parametrize("epsilon", [0.5, 2.0])
def test_a_mechanism_that_keeps_epsilon_is_contradicted_no_more_often_than_stated(mechanism, epsilon, confidence):
    assert (bounds(mechanism, epsilon, 500, confidence) > epsilon).mean() <= 1 - confidence


@pytest.mark.parametrize("mechanism", [randomized_response, laplace])
def test_what_is_proved_comes_near_the_true_epsilon(mechanism):
    few, many = (np.median(bounds(mechanism, 1.0, n, runs=20)) for n in (200, 5000))
    assert few < many
    assert 0.75 < many <= 1


@pytest.mark.parametrize("mechanism", [randomized_response, laplace])
def test_a_mechanism_with_half_the_noise_it_claims_is_caught(mechanism):
    rng = np.random.default_rng(1)
    assert all(violates(*mechanism(rng, 2.0, 2000), epsilon=1.0) for _ in range(20))


def test_no_leak_is_no_violation_of_epsilon_zero():
    rng = np.random.default_rng(2)
    caught = [violates(rng.normal(size=300), rng.normal(size=300), epsilon=0) for _ in range(RUNS)]
    assert np.mean(caught) <= 0.05


def test_one_threshold_gives_the_bound_of_two_clopper_pearson_ends():
    """Of bits alone the only threshold that tells anything is 0: every half has the same counts here."""
    members, others = np.repeat([1.0, 0.0], [0, 40]), np.repeat([1.0, 0.0], [0, 40])
    assert lower_bound(members + 1, others) == pytest.approx(np.log(beta.ppf(0.025, 20, 1) / beta.ppf(0.975, 1, 20)))


def test_the_mirror_inequality_is_used_where_it_proves_more():
    """Members all raise the alarm, others half the time: TPR / FPR is 2, TNR / FNR is infinite."""
    rng = np.random.default_rng(0)
    members, others = np.ones(2000), coins(rng, 0.5, 2000)
    assert lower_bound(members, others) > np.log(2) + 1
    assert lower_bound(-others, -members) > np.log(2) + 1


def test_delta_is_taken_off():
    """Everyone is given away with chance 0.1 and else nothing is said: (0, 0.1) private, for no epsilon without delta."""
    found = [
        (lower_bound(members, others), lower_bound(members, others, delta=0.1))
        for rng in [np.random.default_rng(3)]
        for members, others in [(coins(rng, 0.1, 2000), np.zeros(2000)) for _ in range(RUNS)]
    ]
    plain, with_delta = np.array(found).T
    assert plain.min() > 1
    assert (with_delta > 0).mean() <= 0.05


def test_the_order_of_the_guesses_is_no_help():
    rng = np.random.default_rng(4)
    pairs = [[np.sort(part) for part in laplace(rng, 1.0, 300)] for _ in range(RUNS)]
    assert np.mean([lower_bound(*pair) > 1 for pair in pairs]) <= 0.05


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("members", {"members": np.ones(3)}),
        ("others", {"others": np.array([0.0, 1.0, np.nan, 2.0])}),
        ("others", {"others": np.zeros((4, 2))}),
        ("delta", {"delta": 1.0}),
        ("delta", {"delta": -0.1}),
        ("confidence", {"confidence": 1.0}),
        ("epsilon", {"epsilon": -1.0}),
    ],
)
def test_bad_input_is_named(argument, call):
    with pytest.raises(InvalidInput, match=argument):
        violates(**{"members": np.ones(9), "others": np.zeros(9), "epsilon": 1.0, **call})


def gaussian(rng, share, n):
    """One of sensitivity 1 with this share of the normal noise that keeps (1, 1e-5) exactly."""
    spread = share / gaussian_ratio(Privacy(1.0, 1e-5))
    return rng.normal(1, spread, n), rng.normal(0, spread, n)


def test_normal_noise_keeps_its_epsilon_at_its_delta_and_a_tenth_of_it_does_not():
    rng = np.random.default_rng(5)
    kept = [violates(*gaussian(rng, 1.0, 500), 1.0, delta=1e-5) for _ in range(RUNS)]
    broken = [violates(*gaussian(rng, 0.1, 500), 1.0, delta=1e-5) for _ in range(20)]
    assert sum(kept) <= binom.ppf(0.999, RUNS, 0.05)
    assert all(broken)
