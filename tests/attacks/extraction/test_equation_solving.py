import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from amlsec.data import Batch
from amlsec.oracle import Classifier
from amlsec.space.column import Column, Kind, May
from amlsec.space.group import Group
from amlsec.space.grouped import GroupedSpace
from amlsec.space.tabular import TabularSpace, infer
from copied import Counted, Rounded, agreement, copy, parameters
from grounds import mails, text_space

NAME = "equation-solving"
X, Y = load_breast_cancer(return_X_y=True)
OWN, REST = Batch(X[:60], Y[:60]), X[300:]
SPACE = infer(X, [f"x{j}" for j in range(30)])


class Logistic:
    """A logistic regression of given parameters."""

    def __init__(self, weights, intercept, *, margins=False):
        self.weights, self.intercept, self.margins = np.array(weights), intercept, margins

    def scores(self, rows):
        evidence = rows @ self.weights + self.intercept
        return evidence if self.margins else expit(evidence)

    def labels(self, rows):
        return (rows @ self.weights + self.intercept > 0).astype(np.int64)


def scaled(last):
    return make_pipeline(StandardScaler(), last).fit(X[60:300], Y[60:300])


def true_parameters(pipeline):
    scaler, last = pipeline[0], pipeline[-1]
    weights = last.coef_.ravel() / scaler.scale_
    return np.append(weights, float(np.ravel(last.intercept_)[0]) - weights @ scaler.mean_)


@pytest.mark.parametrize(
    "learner", [LogisticRegression(), LogisticRegression(C=1e4, max_iter=5000), LinearSVC(), RidgeClassifier()]
)
def test_d_plus_1_scores_give_every_parameter_to_nine_digits(learner):
    pipeline = scaled(learner)
    stolen, asked = copy(NAME, Classifier(pipeline), OWN, SPACE, queries=31)
    assert asked == 31
    np.testing.assert_allclose(parameters(stolen, 30), true_parameters(pipeline), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(stolen.scores(REST), Classifier(pipeline).scores(REST), rtol=0, atol=1e-9)


def test_more_questions_only_check_the_result_in_few_calls():
    model = Counted(Classifier(scaled(LogisticRegression())))
    stolen, asked = copy(NAME, model, OWN, SPACE, queries=10_000)
    assert asked == 31 + 16 + 2
    assert len(model.calls) == 4
    np.testing.assert_allclose(stolen.scores(REST), model.scores(REST), rtol=0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.floats(0.01, 4), st.booleans(), st.integers(0, 10**6))
def test_random_linear_models_are_copied(width, size, margins, seed):
    rng = np.random.default_rng(seed)
    weights, intercept = size * rng.normal(size=width), float(rng.normal())
    rows, space = rng.normal(size=(30, width)), infer(rng.normal(size=(99, width)), list("abcdef")[:width])
    model = Logistic(weights, intercept, margins=margins)
    checks = 16 if margins else 0  # margins that happen to lie within [0, 1] look like probabilities until they are checked
    stolen, asked = copy(NAME, model, Batch(rows, model.labels(rows)), space, queries=width + 1 + checks)
    assert asked == width + 1 + checks
    np.testing.assert_allclose(parameters(stolen, width), [*weights, intercept], rtol=0, atol=1e-9 * max(1, size))


@pytest.mark.parametrize("sign", [-1, 1])
def test_probabilities_that_are_1_or_0_in_floating_point_are_asked_again_nearer_to_the_edge(sign):
    weights = np.array([900.0, -400.0, 50.0])
    rng = np.random.default_rng(0)
    rows = rng.normal([1.5 * sign, 0, 0], 1, (60, 3))
    model = Logistic(weights, 7.0)
    stolen, asked = copy(NAME, model, Batch(rows, model.labels(rows)), infer(rows, list("abc")), queries=200)
    assert (model.scores(rows) * (1 - model.scores(rows)) == 0).mean() > 0.5
    assert asked <= 90
    np.testing.assert_allclose(parameters(stolen, 3), [*weights, 7.0], rtol=1e-9)


def test_categories_that_the_model_sees_one_hot_cost_a_question_a_code():
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=(300, 2)), rng.integers(0, 4, 300), rng.integers(0, 3, 300)])
    y = (rows[:, 0] + (rows[:, 2] == 1) - (rows[:, 3] == 2) > 0.2).astype(np.int64)
    numbers = [Column(name, Kind.NUMERIC, -5, 5) for name in "ab"]
    categories = [Column("c", Kind.CATEGORY, 0, 3), Column("d", Kind.CATEGORY, 0, 2, may=May.NOT)]
    encoder = make_column_transformer((OneHotEncoder(), [2, 3]), (StandardScaler(), [0, 1]))
    model = Classifier(make_pipeline(encoder, LogisticRegression(C=10)).fit(rows, y))
    stolen, asked = copy(NAME, model, Batch(rows[:40], y[:40]), TabularSpace([*numbers, *categories]), queries=8)
    assert asked == 1 + 2 + 3 + 2
    np.testing.assert_allclose(stolen.scores(rows), model.scores(rows), rtol=0, atol=1e-9)


def test_rows_made_up_stay_one_hot_within_bounds_and_whole():
    """A model that answers nothing else with sense."""
    flags = [Column(name, Kind.INTEGER, 0, 1) for name in "abc"]
    space = GroupedSpace([*flags, Column("n", Kind.INTEGER, 0, 9, scale=3.0)], [Group("g", ("a", "b", "c"))])

    class Strict(Logistic):
        def scores(self, rows):
            assert (rows[:, :3].sum(axis=1) == 1).all()
            assert ((rows >= 0) & (rows <= [1, 1, 1, 9]) & (rows % 1 == 0)).all()
            return super().scores(rows)

    rng = np.random.default_rng(0)
    rows = np.column_stack([np.eye(3)[rng.integers(0, 3, 50)], rng.integers(0, 10, 50)])
    model = Strict([0.5, -1.0, 2.0, 0.25], -1.0)
    stolen, asked = copy(NAME, model, Batch(rows, model.labels(rows)), space, queries=4)
    assert asked == 4
    np.testing.assert_allclose(stolen.scores(rows), model.scores(rows), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("digits", "least"), [(3, 0.99), (2, 0.99), (1, 0.98), (0, 0.95)])
def test_rounded_scores_are_fitted_with_more_questions(digits, least):
    model = Classifier(scaled(LogisticRegression()))
    stolen, asked = copy(NAME, Rounded(model, digits), OWN, SPACE, queries=1500)
    assert 1000 < asked <= 1500
    assert agreement(stolen, model, REST) >= least


def test_of_a_model_that_is_not_linear_it_gives_the_linear_one_nearest_to_it():
    model = Classifier(scaled(RandomForestClassifier(50, random_state=0)))
    stolen, _ = copy(NAME, model, OWN, SPACE, queries=1000)
    assert agreement(stolen, model, REST) > 0.9


@pytest.mark.parametrize(
    "pipeline",
    [
        make_pipeline(CountVectorizer(), LogisticRegression()),
        make_pipeline(CountVectorizer(binary=True), LogisticRegression()),
        make_pipeline(CountVectorizer(), MultinomialNB()),
        make_pipeline(CountVectorizer(), BernoulliNB()),
    ],
)
def test_models_of_counted_or_present_words_cost_a_question_a_word(pipeline):
    batch, own = mails(300, 0), mails(300, 1)
    model = Classifier(pipeline.fit(batch.X, batch.y))
    words = {word for text in own.X for word in text.split()} | set(text_space().words)
    stolen, asked = copy(NAME, model, own, text_space(), queries=1000)
    assert asked == 1 + len(words) + 16 + 2
    rest = mails(200, 2).X
    np.testing.assert_allclose(stolen.scores(rest), model.scores(rest), rtol=0, atol=1e-9)


def test_words_weighed_by_their_rarity_are_copied_nearly():
    batch, own, rest = mails(300, 0), mails(100, 1), mails(300, 2).X
    model = Classifier(make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(batch.X, batch.y))
    stolen, _ = copy(NAME, model, own, text_space(), queries=1000)
    assert agreement(stolen, model, rest) > 0.97


@pytest.mark.parametrize("queries", [1, 5, 30, 40])
def test_too_few_questions_are_borne(queries):
    model = Classifier(scaled(LogisticRegression()))
    stolen, asked = copy(NAME, model, OWN, SPACE, queries)
    assert asked <= queries
    assert agreement(stolen, model, REST) > 0.6


def test_without_a_question_he_has_a_model_of_his_own_rows():
    stolen, asked = copy(NAME, Classifier(scaled(LogisticRegression())), OWN, SPACE, 0)
    assert asked == 0
    assert (stolen.labels(REST) == Y[300:]).mean() > 0.9
