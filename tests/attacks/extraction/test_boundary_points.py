import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from amlsec.data import Batch
from amlsec.oracle import Classifier
from amlsec.space.tabular import Column, Kind, TabularSpace, infer
from copied import Counted, agreement, copy, parameters

NAME = "boundary-points"
X, Y = load_breast_cancer(return_X_y=True)
OWN, REST = Batch(X[:60], Y[:60]), X[300:]
SPACE = infer(X, [f"x{j}" for j in range(30)])


class Edge:
    """A half-space: all that verdicts say of a linear model."""

    def __init__(self, weights, intercept):
        self.parameters = np.append(weights, intercept)

    def labels(self, rows):
        return (rows @ self.parameters[:-1] + self.parameters[-1] > 0).astype(np.int64)


def direction(parameters):
    return parameters / np.linalg.norm(parameters)


@pytest.mark.parametrize("learner", [LogisticRegression(), LogisticRegression(C=1e4, max_iter=5000), LinearSVC()])
def test_verdicts_give_weights_and_intercept_up_to_a_factor(learner):
    pipeline = make_pipeline(StandardScaler(), learner).fit(X[60:300], Y[60:300])
    model = Counted(Classifier(pipeline))
    stolen, asked = copy(NAME, model, OWN, SPACE, queries=2000)
    scaler, last = pipeline[0], pipeline[-1]
    weights = last.coef_.ravel() / scaler.scale_
    true = np.append(weights, float(np.ravel(last.intercept_)[0]) - weights @ scaler.mean_)
    np.testing.assert_allclose(direction(parameters(stolen, 30)), direction(true), rtol=1e-6, atol=1e-9)
    assert agreement(stolen, model, REST) == 1
    assert asked <= 64 + 16 + 32 + 40 + 30 * (2 * 6 + 40) + 64
    assert sum(model.calls[:-1]) == asked
    assert len(model.calls) < 100


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_random_half_spaces_are_copied(width, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(60, width))
    weights = rng.normal(size=width)
    model = Edge(weights, -float(weights @ rows[:2].mean(axis=0)))  # between two rows
    own, space = Batch(rows, model.labels(rows)), infer(rows, list("abcde")[:width])
    stolen, _ = copy(NAME, model, own, space, queries=1000)
    np.testing.assert_allclose(direction(parameters(stolen, width)), direction(model.parameters), rtol=1e-6, atol=1e-6)


def test_whole_numbers_and_categories_are_weighed_by_what_flows_beside_them():
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=200), rng.integers(0, 10, 200), rng.integers(0, 3, 200)])
    numbers = Column("a", Kind.NUMERIC, -6, 6), Column("b", Kind.INTEGER, 0, 9)
    space = TabularSpace([*numbers, Column("c", Kind.CATEGORY, 0, 2)])

    class Mixed:
        def evidence(self, rows):
            return 2 * rows[:, 0] + 0.5 * rows[:, 1] - 1.5 * (rows[:, 2] == 1) - 2

        def labels(self, rows):
            return (self.evidence(rows) > 0).astype(np.int64)

    model = Mixed()
    stolen, _ = copy(NAME, model, Batch(rows, model.labels(rows)), space, queries=500)
    ratio = stolen.evidence(rows) / model.evidence(rows)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)


def test_where_nothing_flows_he_learns_from_verdicts():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2, (200, 6)).astype(np.float64)
    model = Edge(np.array([2.0, -1, 0.5, 0, 1, -2]), -0.3)
    space = TabularSpace([Column(name, Kind.INTEGER, 0, 1) for name in "abcdef"])
    stolen, asked = copy(NAME, model, Batch(rows[:60], model.labels(rows[:60])), space, queries=1000)
    assert asked == 1000
    assert agreement(stolen, model, rows) > 0.98


def test_of_a_model_that_is_not_linear_he_keeps_what_agrees_better():
    model = Classifier(RandomForestClassifier(50, random_state=0).fit(X[60:300], Y[60:300]))
    stolen, _ = copy(NAME, model, OWN, SPACE, queries=3000)
    assert agreement(stolen, model, REST) > 0.9


@pytest.mark.parametrize("queries", [1, 10, 80, 100, 150, 300])
def test_few_questions_are_borne(queries):
    model = Classifier(make_pipeline(StandardScaler(), LogisticRegression()).fit(X[60:300], Y[60:300]))
    stolen, asked = copy(NAME, model, OWN, SPACE, queries)
    assert asked <= queries
    assert agreement(stolen, model, REST) > (0.85 if queries >= 80 else 0.2)


def test_a_model_of_one_verdict_is_copied_as_such():
    stolen, _ = copy(NAME, Edge(np.zeros(30), 1.0), OWN, SPACE, 500)
    assert (stolen.labels(REST) == 1).all()
