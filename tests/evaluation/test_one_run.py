"""The bound of one training: the formula, its coverage with the exact binomial tolerance, and what it catches."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from amlsec.errors import InvalidInput
from amlsec.evaluation.one_run import DARED, chance_of_as_many, one_run, pairs, run_of_pairs
from amlsec.privacy import Privacy, gaussian_ratio

RUNS, CONFIDENCE = 200, 0.9
MOST_CONTRADICTED = int(binom.ppf(0.999, RUNS, 1 - CONFIDENCE))


def randomized_response(rng, epsilon, inside):
    truth = 1 / (1 + np.exp(-epsilon))
    return np.where(rng.random(len(inside)) < truth, inside, ~inside).astype(float)


def laplace(rng, epsilon, inside):
    return inside + rng.laplace(0, 1 / epsilon, len(inside))


def gaussian(rng, epsilon, inside):
    return inside + rng.normal(0, 1 / gaussian_ratio(Privacy(epsilon, 1e-5)), len(inside))


def one_training(mechanism, epsilon, seed, canaries=300, delta=0.0, confidence=CONFIDENCE):
    rng = np.random.default_rng(seed)
    inside = rng.random(canaries) < 0.5
    guesses = mechanism(rng, epsilon, inside)
    return one_run(guesses[inside], guesses[~inside], delta, confidence)


def in_pairs(mechanism, epsilon, seed, canaries=300, delta=0.0, confidence=CONFIDENCE):
    """Each pair is one bit of a mechanism: its guess says which of the two; the other's says the opposite."""
    rng = np.random.default_rng(seed)
    first = rng.random(canaries) < 0.5
    guess = mechanism(rng, epsilon, first) - 0.5
    toward = np.where(first, guess, -guess)
    return run_of_pairs(toward, -toward, delta, confidence)


@pytest.mark.parametrize("game", [one_training, in_pairs])
@pytest.mark.parametrize("mechanism", [randomized_response, laplace])
@pytest.mark.parametrize("epsilon", [0.5, 2.0])
def test_a_model_that_keeps_epsilon_is_contradicted_no_more_often_than_stated(game, mechanism, epsilon):
    bounds = np.array([game(mechanism, epsilon, seed) for seed in range(RUNS)])
    assert (bounds > epsilon).sum() <= MOST_CONTRADICTED
    assert np.median(bounds) > 0.3 * epsilon


def test_normal_noise_keeps_its_epsilon_and_delta():
    bounds = np.array([one_training(gaussian, 1.0, seed, delta=1e-5) for seed in range(100)])
    assert (bounds > 1).sum() <= binom.ppf(0.999, 100, 1 - CONFIDENCE)
    assert np.median(bounds) > 0


@pytest.mark.parametrize("game", [one_training, in_pairs])
@pytest.mark.parametrize("mechanism", [randomized_response, laplace, gaussian])
def test_a_tenth_of_the_noise_is_caught(game, mechanism):
    delta = 1e-5 if mechanism is gaussian else 0.0
    assert min(game(mechanism, 10.0, seed, delta=delta, confidence=0.99) for seed in range(20)) > 1


def test_all_guesses_right_by_hand():
    """Of m canaries all told right: (e^epsilon / (1 + e^epsilon))^m is what is allowed, of one share of four."""
    members, others = np.ones(50), np.zeros(50)
    truth = ((1 - 0.95) / len(DARED)) ** (1 / 100)
    assert one_run(members, others) == pytest.approx(np.log(truth / (1 - truth)), abs=1e-3)
    halved = ((1 - 0.95) / len(DARED)) ** (1 / 50)
    assert run_of_pairs(members, others) == pytest.approx(np.log(halved / (1 - halved)), abs=1e-3)


@pytest.mark.parametrize(("right", "dared", "epsilon"), [(3, 7, 0.0), (7, 7, 1.0), (90, 100, 1.5), (0, 4, 1.0)])
def test_at_delta_zero_it_is_the_binomial_tail(right, dared, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    tail = beta.cdf(truth, right, dared - right + 1) if right else 1.0
    assert chance_of_as_many(right, dared, 200, Privacy(epsilon)) == pytest.approx(tail)


@pytest.mark.parametrize("delta", [1e-6, 1e-3])
@pytest.mark.parametrize(("right", "dared"), [(18, 20), (60, 100), (100, 100)])
def test_delta_as_the_paper_s_loop_counts_it(right, dared, delta):
    """Its alpha: the largest mean chance of the i counts just below, written as the loop of appendix D."""
    truth, alpha, total = 1 / (1 + np.exp(-0.8)), 0.0, 0.0
    for i in range(1, right + 1):
        total += binom.pmf(right - i, dared, truth)
        alpha = max(alpha, total / i)
    expected = min(binom.sf(right - 1, dared, truth) + alpha * delta * 2 * 150, 1)
    assert chance_of_as_many(right, dared, 150, Privacy(0.8, delta)) == pytest.approx(expected)


@pytest.mark.parametrize("delta", [0.0, 1e-6, 1e-4])
@pytest.mark.parametrize(("right", "dared"), [(18, 20), (60, 100), (100, 100), (260, 500)])
def test_more_epsilon_never_makes_as_many_less_likely(right, dared, delta):
    """As far as it matters, up to the largest chance that is ever allowed: the search for the bound relies on it."""
    chances = np.array([chance_of_as_many(right, dared, 500, Privacy(e, delta)) for e in np.linspace(0, 8, 400)])
    small = chances[: np.argmax(chances > 0.1)] if (chances > 0.1).any() else chances
    assert (np.diff(small) >= 0).all()
    assert (chances[len(small) :] > 0.025).all()


@pytest.mark.parametrize("game", [one_run, run_of_pairs])
def test_neither_order_nor_ties_tell_anything(game):
    """Members stand first, and all guesses are equal."""
    assert [game(np.zeros(200), np.zeros(200), random_state=seed) for seed in range(50)].count(0.0) >= 45


@pytest.mark.parametrize("order", [np.sort, lambda guesses: -np.sort(-guesses)])
def test_a_caller_who_sorts_guesses_contradicts_no_more(order):
    """Verdicts leave most sureness tied: which of them are dared must not follow the order they come in."""

    def sorted_bounds(seed):
        rng = np.random.default_rng(seed)
        right = np.where(rng.random(100) < np.e / (1 + np.e), 1.0, -1.0)
        inside = rng.random(100) < 0.5
        of_pairs = run_of_pairs(order(right), -order(right), confidence=CONFIDENCE)
        return of_pairs, one_run(order(right[inside]), order(-right[~inside]), confidence=CONFIDENCE)

    bounds = np.array([sorted_bounds(seed) for seed in range(RUNS)])
    assert ((bounds > 1).sum(axis=0) <= MOST_CONTRADICTED).all()


def test_who_is_paired_has_the_same_label():
    rng = np.random.default_rng(0)
    labels, more = rng.integers(0, 2, 50), rng.integers(0, 2, 80)
    one, two = pairs((labels.astype(float), labels), (more.astype(float), more), random_state=1)
    assert (one == two).all()
    assert len(one) == sum(min((labels == k).sum(), (more == k).sum()) for k in (0, 1))


def test_pairs_are_of_distinct_rows_and_chance_says_which():
    guesses = np.arange(40.0), np.zeros(40, dtype=int)
    one, two = (pairs(guesses, guesses, random_state=seed)[0] for seed in (0, 1))
    assert sorted(one) == sorted(two) == list(range(40))
    assert (one != two).any()


@pytest.mark.parametrize("game", [one_run, run_of_pairs])
@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("members", {"members": np.array([0.0, np.nan])}),
        ("others", {"others": np.zeros((2, 2))}),
        ("delta", {"delta": 1.0}),
        ("confidence", {"confidence": 0.0}),
        ("members, others", {"members": np.zeros(0), "others": np.zeros(0)}),
    ],
)
def test_bad_input_is_named(game, argument, call):
    with pytest.raises(InvalidInput, match=argument):
        game(**{"members": np.ones(2), "others": np.zeros(2), **call})


def test_pairs_that_are_none_are_named():
    with pytest.raises(InvalidInput, match="others is '3 guesses': must be as many as the members, 2"):
        run_of_pairs(np.ones(2), np.zeros(3))
