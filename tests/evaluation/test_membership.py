import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm
from sklearn.metrics import roc_curve

from amlsec.errors import InvalidInput
from amlsec.evaluation.membership import measure, threshold

guesses = arrays(np.float64, st.integers(1, 60), elements=st.integers(-3, 3).map(float))


@settings(max_examples=200, deadline=None)
@given(guesses, guesses, st.floats(0.01, 0.99))
def test_threshold_gives_the_best_true_positive_rate_that_sklearns_curve_allows(members, others, allowed):
    y = np.repeat([1, 0], [len(members), len(others)])
    fpr, tpr, _ = roc_curve(y, np.concatenate([members, others]), drop_intermediate=False)
    limit = threshold(others, allowed)
    assert (others > limit).mean() <= allowed + 1e-12
    assert (members > limit).mean() == pytest.approx(tpr[fpr <= allowed + 1e-12].max())


def test_reported_curve_lies_on_sklearns():
    rng = np.random.default_rng(0)
    members, others = rng.normal(1, 1, 300), rng.normal(0, 1, 2000)
    y = np.repeat([1, 0], [300, 2000])
    fpr, tpr, _ = roc_curve(y, np.concatenate([members, others]), drop_intermediate=False)
    for x, found in measure(members, others).roc:
        assert found == pytest.approx(tpr[fpr <= x + 1e-12].max())


def test_two_gaussians_have_the_closed_form():
    rng = np.random.default_rng(0)
    judged = measure(rng.normal(2, 1, 50_000), rng.normal(0, 1, 50_000))
    for at in judged.at:
        assert at.found.value == pytest.approx(norm.sf(norm.isf(at.allowed) - 2), abs=0.03)


@pytest.mark.parametrize("rows", [300, 1000, 3000])
def test_the_interval_covers_the_true_rate_though_the_threshold_is_a_samples(rows):
    """Members at 1.5 above others, both normal: at 1 % false claims the true rate is known in closed form."""
    rng, truth = np.random.default_rng(0), norm.sf(norm.isf(0.01) - 1.5)
    intervals = [measure(rng.normal(1.5, 1, rows), rng.normal(0, 1, rows)).at[0].found for _ in range(300)]
    assert sum(found.low <= truth <= found.high for found in intervals) >= 0.93 * 300


@pytest.mark.parametrize(
    ("others", "reported"), [(99, (False, False)), (100, (True, False)), (9999, (True, False)), (10_000, (True, True))]
)
def test_a_rate_is_reported_only_where_enough_false_alarms_are_allowed(others, reported):
    judged = measure(np.zeros(5), np.zeros(others))
    assert tuple(at.found is not None for at in judged.at) == reported
    assert tuple(at.because == "" for at in judged.at) == reported


def test_equal_guesses_find_nobody():
    judged = measure(np.ones(100), np.ones(1000))
    assert (judged.at[0].found.value, judged.at[0].reached) == (0, 0)
    assert judged.roc[-1] == (1, 1)


@pytest.mark.parametrize(
    ("members", "others", "rates"),
    [([], [1.0], (0.1,)), ([1.0], [], (0.1,)), ([np.nan], [1.0], (0.1,)), ([1.0], [1.0], (0.0,)), ([1.0], [1.0], (1.0,))],
)
def test_bad_input_is_named(members, others, rates):
    with pytest.raises(InvalidInput):
        measure(np.array(members), np.array(others), rates)
