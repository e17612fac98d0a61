"""Where verdicts turn: scores whose edge is not the usual one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from amlsec.attacks.questions import Questions
from amlsec.attacks.turning import turning
from amlsec.budget import QueryBudget
from amlsec.data import Batch
from amlsec.evaluation.systems import system
from amlsec.layered.stack import stacked
from amlsec.oracle import Classifier, Oracle
from amlsec.space.tabular import infer
from amlsec.threat import Access
from copied import agreement, copy


class Line:
    """Stops a row whose number is above the edge."""

    def __init__(self, edge):
        self.edge = edge

    def labels(self, X):
        return (X[:, 0] > self.edge).astype(np.int64)

    def scores(self, X):
        return X[:, 0]


def asker(edge, queries):
    return Questions(Oracle(Line(edge), access=Access.SCORES, rows=1, queries=queries), QueryBudget(queries))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-9, 9), max_size=40), st.floats(-12, 12), st.floats(-9, 9))
def test_the_score_found_judges_the_rows_as_the_model_does(scores, edge, usual):
    ask, rows = asker(edge, 99), np.array(scores).reshape(-1, 1)
    found = turning(ask, rows, rows[:, 0], usual)
    if found != usual:
        assert ((rows[:, 0] > found) == (rows[:, 0] > edge)).all()
    assert ask.asked <= 2 + np.ceil(np.log2(len(rows) + 1))


@pytest.mark.parametrize("queries", [0, 1, 2])
def test_with_too_few_questions_it_is_the_usual_one_or_nearer(queries):
    rows = np.linspace(0, 1, 9)[:, None]
    ask = asker(0.2, queries)
    assert 0.0 < turning(ask, rows, rows[:, 0], 0.5) <= 0.5
    assert ask.asked == queries


class Moved:
    """A model whose scores are others, and whose verdicts are the same."""

    def __init__(self, model, moved):
        self.labels, self.scores = model.labels, lambda X: moved(model.scores(X))


def table(rows=700):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 4))
    return Batch(X, (X @ [2, -1, 1, 0] + 0.5 * rng.normal(size=rows) > 0.5).astype(np.int64))


ROWS = table()
OWN, TRAIN, REST, SPACE = ROWS.rows(range(60)), ROWS.rows(range(60, 360)), ROWS.X[360:], infer(ROWS.X, list("abcd"))


@pytest.mark.parametrize(
    ("name", "learner"),
    [
        ("equation-solving", LogisticRegression()),
        ("path-finding", DecisionTreeClassifier(max_leaf_nodes=6, random_state=0)),
        ("score-substitute", LogisticRegression()),
    ],
)
@pytest.mark.parametrize("moved", [lambda p: p / 2, lambda p: 5 + 3 * p, lambda p: np.log(p + 0.01) - 1])
def test_scores_that_turn_elsewhere_are_no_shelter(name, learner, moved):
    model = Moved(Classifier(learner.fit(TRAIN.X, TRAIN.y)), moved)
    assert agreement(copy(name, model, OWN, SPACE, 1500)[0], model, REST) > 0.95


@pytest.mark.parametrize("name", ["equation-solving", "score-substitute"])
def test_nor_are_layers_whose_scores_are_of_all_of_them(name):
    """Twice the same classifier behind two guards: what stands against a row lies above 0 throughout."""
    offers = {"estimator": LogisticRegression(), "space": SPACE, "random_state": 0}
    layers = system(stacked("rounded-scores & client-budget"), offers).train(TRAIN, OWN)
    assert layers.scores(REST).min() > 0
    assert agreement(copy(name, layers, OWN, SPACE, 100)[0], layers, REST) > 0.8
