"""LN-SVM: the expected kernel, drawn label by label; without noise the machine itself."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from amlsec.defenses.learners.label_noise_svm import LabelNoiseSVM
from amlsec.errors import InvalidInput


def rows(n: int, seed: int):
    y = np.arange(n) % 2
    X = np.random.default_rng(seed).normal(size=(n, 4)) + y[:, None]
    return (X - X.mean(axis=0)) / X.std(axis=0), y


X, Y = rows(120, 0)


@parametrize_with_checks([LabelNoiseSVM()])
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly"])
def test_without_noise_it_is_the_machine_itself(kernel):
    ours = LabelNoiseSVM(noise=0.0, kernel=kernel, gamma=0.2, C=2).fit(X, Y)
    known = SVC(kernel=kernel, gamma=0.2, coef0=1.0, C=2).fit(X, Y)
    asked, _ = rows(50, 1)
    seen = (asked - X.mean(axis=0)) / X.std(axis=0)
    assert ours.decision_function(asked) == pytest.approx(known.decision_function(seen), abs=1e-3)


def test_the_products_of_labels_are_the_mean_over_random_flips():
    noise, draws = 0.2, 40_000
    signs = np.where(np.random.default_rng(0).random((draws, 6)) < noise, -1, 1) * (2 * Y[:6] - 1)
    drawn = signs.T @ signs / draws
    model = LabelNoiseSVM(noise=noise, gamma=0.1).fit(X[:6], Y[:6])
    apart = rbf_kernel(model.rows_, gamma=0.1)
    expected = model._kernel(model.rows_)
    np.fill_diagonal(expected, 1.0)
    labels = 2 * Y[:6] - 1
    assert np.outer(labels, labels) * expected == pytest.approx(drawn * apart, abs=0.02)


def test_it_minimises_the_dual_of_the_expected_kernel():
    """The paper's dual, written plainly: alpha's gradient vanishes on the margin, but for the offset."""
    noise = 0.15
    model = LabelNoiseSVM(noise=noise, kernel="linear", C=0.5).fit(X, Y)
    labels, alpha = 2 * Y - 1, np.zeros(len(Y))
    alpha[model.svm_.support_] = np.abs(model.svm_.dual_coef_[0])
    M = np.where(np.eye(len(Y)) > 0, 1.0, (1 - 2 * noise) ** 2)
    Q = (X @ X.T) * np.outer(labels, labels) * M
    slack = Q @ alpha + labels * model.svm_.intercept_[0] - 1
    inside = (alpha > 1e-6) & (alpha < 0.5 - 1e-6)
    assert inside.sum() > 5
    assert np.abs(slack[inside]).max() < 2e-3
    assert slack[alpha < 1e-6].min() > -2e-3
    assert slack[alpha > 0.5 - 1e-6].max() < 2e-3


def test_more_noise_spreads_the_multipliers_over_more_rows():
    easy, y = rows(120, 3)
    easy = easy + 2 * y[:, None]
    used = [len(LabelNoiseSVM(noise=noise).fit(easy, y).svm_.support_) for noise in (0.0, 0.1, 0.3)]
    assert used == sorted(used)
    assert used[2] > 2 * used[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise": 0.5}, "noise is 0.5: must lie in"),
        ({"noise": -0.1}, "noise is -0.1"),
        ({"C": 0}, "C is 0: must be above 0"),
        ({"kernel": "sigmoid"}, "kernel is 'sigmoid': must be linear, rbf or poly"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(InvalidInput, match=message):
        LabelNoiseSVM(**settings).fit(X, Y)
