import numpy as np
import pytest
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from amlsec.attacks.one_more_row import with_each
from amlsec.data import texts
from amlsec.impact.contract import Labelled
from amlsec.impact.refit import evidence

COUNTS = (MultinomialNB(), MultinomialNB(alpha=0.1, fit_prior=False), BernoulliNB(), ComplementNB())
NUMBERS = (
    GaussianNB(),
    GaussianNB(priors=[0.3, 0.7], var_smoothing=1e-2),
    RidgeClassifier(),
    RidgeClassifier(alpha=0.01, fit_intercept=False),
    LinearDiscriminantAnalysis(),
    KNeighborsClassifier(1),
    KNeighborsClassifier(4),
    KNeighborsClassifier(4, weights="distance", algorithm="kd_tree"),
)
LASSO = {"l1_ratio": 1} if LogisticRegression().penalty == "deprecated" else {"penalty": "l1"}
"""As scikit-learn from 1.8 and before ask for it."""


def numbers(n, seed, d=4):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return Labelled(rng.normal(size=(n, d)) + 0.7 * y[:, None], y)


def counts(n, seed):
    rng = np.random.default_rng(seed)
    return Labelled(rng.poisson(1.0, (n, 9)).astype(float), rng.integers(0, 2, n))


def mails(n, seed):
    rng = np.random.default_rng(seed)
    return Labelled(texts([" ".join(f"w{k}" for k in rng.integers(0, 40, 6)) for _ in range(n)]), rng.integers(0, 2, n))


def trained_again(learner, base, rows):
    """The naive way: one training a row."""
    told = []
    for k in range(len(rows.y)):
        with_it = np.concatenate([base.X, rows.X[k : k + 1]]), np.append(base.y, rows.y[k])
        told.append(evidence(clone(learner).fit(*with_it), rows.X[k : k + 1])[0])
    return np.array(told)


def by_rule(learner, base, rows):
    return with_each(clone(learner).fit(base.X, base.y), base, rows)


@pytest.mark.parametrize("learner", NUMBERS, ids=str)
def test_of_numbers_it_is_what_training_again_says(learner):
    base, rows = numbers(60, 0), numbers(25, 1)
    np.testing.assert_allclose(by_rule(learner, base, rows), trained_again(learner, base, rows), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("learner", [RidgeClassifier(), RidgeClassifier(alpha=1e-6)], ids=str)
def test_it_is_so_where_columns_lie_far_from_zero(learner):
    far = [part._replace(X=part.X + 1e6) for part in (numbers(60, 0), numbers(25, 1))]
    np.testing.assert_allclose(by_rule(learner, *far), trained_again(learner, *far), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("learner", COUNTS, ids=str)
def test_of_counts_it_is_what_training_again_says(learner):
    base, rows = counts(60, 0), counts(25, 1)
    np.testing.assert_allclose(by_rule(learner, base, rows), trained_again(learner, base, rows), rtol=1e-9, atol=1e-9)


def test_words_that_only_the_row_has_join_the_vocabulary():
    learner = make_pipeline(CountVectorizer(), MultinomialNB())
    base, rows = mails(12, 0), mails(20, 1)
    assert set(" ".join(rows.X).split()) - set(" ".join(base.X).split())
    np.testing.assert_allclose(by_rule(learner, base, rows), trained_again(learner, base, rows), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "learner", [LogisticRegression(tol=1e-10), LogisticRegression(C=30, tol=1e-10, max_iter=5000)], ids=str
)
def test_of_logistic_regression_it_is_within_a_tenth_of_what_the_row_does(learner):
    base, rows = numbers(200, 0), numbers(40, 1)
    found, truth = by_rule(learner, base, rows), trained_again(learner, base, rows)
    moved = np.abs(truth - evidence(clone(learner).fit(*base[:2]), rows.X))
    assert (np.abs(found - truth) <= 0.1 * moved + 1e-7).all()
    assert moved.max() > 0.05


def test_steps_before_the_last_are_left_as_they_are():
    """Of a scaler that a row inside its bounds does not move there is nothing to leave out."""
    learner, base = make_pipeline(MinMaxScaler(), KNeighborsClassifier(3, algorithm="kd_tree")), numbers(60, 0)
    inside = np.clip(numbers(25, 1).X, base.X.min(axis=0), base.X.max(axis=0))
    rows = Labelled(inside, numbers(25, 1).y)
    np.testing.assert_allclose(by_rule(learner, base, rows), trained_again(learner, base, rows), rtol=1e-9, atol=1e-9)


def test_a_deep_pipeline_is_its_last_step():
    base, rows = numbers(60, 0), numbers(25, 1)
    deep = make_pipeline(StandardScaler(), make_pipeline("passthrough", GaussianNB()))
    flat = make_pipeline(StandardScaler(), GaussianNB())
    np.testing.assert_allclose(by_rule(deep, base, rows), by_rule(flat, base, rows), rtol=1e-12)
    assert by_rule(make_pipeline(GaussianNB()), base, rows).shape == (25,)


class Other(GaussianNB):
    """May compute otherwise."""


@pytest.mark.parametrize(
    "learner",
    [
        Other(),
        RandomForestClassifier(3, random_state=0),
        KNeighborsClassifier(3, weights=lambda distance: 1 / (1 + distance)),
        LogisticRegression(class_weight="balanced"),
        LogisticRegression(**LASSO, solver="saga", max_iter=10_000),
        LogisticRegression(solver="liblinear"),
        RidgeClassifier(class_weight="balanced"),
        RidgeClassifier(positive=True),
    ],
    ids=lambda learner: type(learner).__name__,
)
def test_what_takes_training_is_none(learner):
    assert by_rule(learner, numbers(60, 0), numbers(5, 1)) is None


def test_so_are_columns_that_rounding_cannot_tell_apart():
    base, rows = numbers(60, 0), numbers(5, 1)
    alike = [Labelled(1e9 * part.X[:, [0, 0]] * [1, 1 + 1e-15], part.y) for part in (base, rows)]
    assert by_rule(RidgeClassifier(alpha=1e-3, solver="svd"), *alike) is None


def test_so_are_many_columns_of_logistic_regression_and_texts_whose_words_are_weighed():
    base, rows = numbers(20, 0, 1001), numbers(5, 1, 1001)
    assert by_rule(LogisticRegression(), base, rows) is None
    assert by_rule(make_pipeline(TfidfVectorizer(), LogisticRegression()), mails(12, 0), mails(5, 1)) is None
