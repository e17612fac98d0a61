from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import make_pipeline

from amlsec.data import Batch
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Labelled
from amlsec.impact.removal import influences, taking_back
from amlsec.impact.units import Units
from exactness import MESSAGE, agrees, left_out, mails, tables

COUNTS = [
    MultinomialNB(),
    MultinomialNB(alpha=0.01, fit_prior=False),
    MultinomialNB(class_prior=[0.3, 0.7]),
    ComplementNB(),
    BernoulliNB(binarize=0.5),
]
NUMBERS = [
    *COUNTS,
    GaussianNB(),
    RidgeClassifier(),
    KNeighborsClassifier(5),
    NearestCentroid(),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1),
]
WORDS = make_pipeline(CountVectorizer(analyzer=lambda text: text.split() or [""]), MultinomialNB())


def leaves_both(base: Batch) -> Units:
    """Each row whose class has another, one such row of each class together, and none."""
    spare = np.flatnonzero(np.bincount(base.y)[base.y] > 1)
    together = spare[np.unique(base.y[spare], return_index=True)[1]]
    return Units.of([*([row] for row in spare), together, []])


@pytest.mark.parametrize("estimator", COUNTS, ids=str)
@settings(deadline=None, max_examples=25)
@given(base=tables(3), quiz=tables(2))
def test_leaving_rows_out_gives_what_training_without_them_gives(estimator: Any, base: Batch, quiz: Batch) -> None:
    units = leaves_both(base)
    agrees(influences(estimator, base, quiz, units=units), left_out(estimator, base, quiz, units))


@pytest.mark.parametrize("estimator", NUMBERS, ids=str)
def test_so_it_does_on_more_rows_alone_and_together(estimator: Any) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(90) % 2
    rows = Batch(np.round(rng.gamma(2.0 + y[:, None], size=(90, 5)), 2), y)
    base, quiz = rows.rows(slice(0, 60)), rows.rows(slice(60, 90))
    units = Units.of([*([k] for k in range(20)), [0, 1, 2], list(range(20, 50))])
    agrees(influences(estimator, base, quiz, units=units), left_out(estimator, base, quiz, units))


@pytest.mark.parametrize("estimator", [WORDS, SpamBayes()], ids=["words", "spambayes"])
@settings(deadline=None, max_examples=25)
@given(base=mails(MESSAGE, 3), quiz=mails(MESSAGE, 2))
def test_words_go_with_the_only_row_that_has_them(estimator: Any, base: Batch, quiz: Batch) -> None:
    units = leaves_both(base)
    agrees(influences(estimator, base, quiz, units=units), left_out(estimator, base, quiz, units))


def weighted(n: int, seed: int) -> Labelled:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Labelled(rng.poisson(2.0 + 2 * np.stack([y, 1 - y, y, np.ones(n)], axis=1)).astype(float), y, rng.random(n) + 0.1)


@pytest.mark.parametrize("estimator", [MultinomialNB(), MultinomialNB(alpha=0.3, fit_prior=False)], ids=str)
def test_algebra_takes_weighted_rows_back_and_trains_nothing(estimator: Any) -> None:
    base, quiz = weighted(120, 0), weighted(60, 1)
    units = Units.of([[k] for k in range(120)] + [list(range(k, k + 40)) for k in range(60)])
    measured = influences(estimator, base, quiz, units=units)
    agrees(measured, left_out(estimator, base, quiz, units))
    assert not measured.trained.any()


def test_the_influence_of_a_row_on_a_mean_is_known() -> None:
    """Left out of n rows, x moves its class's centroid by (mean - x) / (n - 1)."""
    X, y = load_breast_cancer(return_X_y=True)
    X = X[:60, :3] / X[:60, :3].std(axis=0)
    base, quiz = Batch(X[:40], y[:40].astype(np.int64)), Batch(X[40:60], y[40:60].astype(np.int64))

    def evidence(centroids: np.ndarray) -> np.ndarray:
        far = ((quiz.X[:, None] - centroids) ** 2).sum(axis=2)
        return (far[:, 0] - far[:, 1] > 0).astype(int)

    means = np.array([base.X[base.y == c].mean(axis=0) for c in (0, 1)])
    net = influences(NearestCentroid(), base, quiz).net.sum(axis=1)
    for k in range(40):
        moved, own = means.copy(), int(base.y[k])
        moved[own] += (means[own] - base.X[k]) / ((base.y == own).sum() - 1)
        assert net[k] == (evidence(moved) == quiz.y).sum() - (evidence(means) == quiz.y).sum()


def test_mislabelled_rows_are_those_whose_leaving_helps_most() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = rng.normal(size=(200, 3)) + 3.0 * y[:, None]
    base, quiz = Batch(X[:100], np.where(np.arange(100) < 8, 1 - y[:100], y[:100])), Batch(X[100:], y[100:])
    helped = influences(LogisticRegression(), base, quiz).margin.sum(axis=1)
    assert set(np.argsort(-helped)[:8]) == set(range(8))


def test_outlier_detectors_need_one_class_only() -> None:
    X = np.random.default_rng(0).normal(size=(30, 2))
    quiz = Batch(np.concatenate([X[:4], X[:4] + 9]), np.repeat([0, 1], 4))
    base = Batch(X, np.zeros(30, dtype=np.int64))
    assert len(influences(IsolationForest(n_estimators=5), base, quiz, units=Units.of([[0], [1, 2]]))) == 2


def test_a_unit_that_takes_a_whole_class_is_refused() -> None:
    base = Batch(np.eye(3), np.array([0, 1, 0]))
    with pytest.raises(InvalidInput, match="unit 1': must leave the base rows of both classes"):
        influences(MultinomialNB(), base, base, units=Units.of([[0], [2, 0]]))


def test_the_base_is_offered_with_its_weights_taken_back() -> None:
    base = weighted(6, 0)
    question, units = taking_back(clone(MultinomialNB()), base, base)
    np.testing.assert_array_equal(question.offered.weights, -base.weights)
    assert question.removing
    assert len(units) == 6
