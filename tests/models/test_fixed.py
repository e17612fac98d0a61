"""A fixed model learns nothing, is its own clone, and stands behind guards like any classifier."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from amlsec.data import Batch, texts
from amlsec.defenses.guards.abstain import Abstain
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.impact.refit import seeded
from amlsec.models.command import Command
from amlsec.models.fixed import Fixed
from amlsec.oracle import Classifier
from amlsec.threat import Access

X = np.linspace(-2, 2, 40)[:, None]
Y = (X[:, 0] > 0).astype(int)
TRAINED = LogisticRegression().fit(X, Y)


class Answers:
    """A model that gives these answers whatever it is asked."""

    def __init__(self, labels, scores=None):
        self._labels, self._scores = labels, scores

    def labels(self, X):
        return self._labels

    def scores(self, X):
        return self._scores


def test_fitting_and_cloning_change_nothing():
    fixed = Fixed(TRAINED)
    before = TRAINED.coef_.copy()
    assert fixed.fit(X, 1 - Y) is fixed
    assert clone(fixed) is fixed
    assert seeded(fixed, 7) is fixed
    assert (TRAINED.coef_ == before).all()
    assert (fixed.predict(X) == Y).all()
    assert is_classifier(fixed)
    check_is_fitted(fixed)


def test_it_says_what_its_classifier_says():
    model = Classifier(Fixed(TRAINED))
    assert (model.labels(X) == TRAINED.predict(X)).all()
    np.testing.assert_array_equal(model.scores(X), TRAINED.predict_proba(X)[:, 1])
    assert model.labels(X[:0]).shape == model.scores(X[:0]).shape == (0,)


def test_it_ends_a_pipeline():
    model = make_pipeline(Fixed(TRAINED)).fit(X, Y)
    assert (model.predict(X) == Y).all()


@pytest.mark.parametrize("y", [Y[:-1], Y + 1])
def test_rows_and_labels_are_looked_at(y):
    with pytest.raises(InvalidInput):
        Fixed(TRAINED).fit(X, y)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0], "shape (1,) for 2 rows"),
        ([[0], [1]], "shape (2, 1)"),
        (1, "shape () for 2 rows"),
        ([0, 2], "labels [2.0]"),
        ([0.5, 1], "labels [0.5]"),
        ([np.nan, 1], "NaN or infinity"),
    ],
)
def test_garbage_is_the_models_failure(labels, said):
    with pytest.raises(ModelFailed) as caught:
        Fixed(Answers(labels)).predict(X[:2])
    assert said in str(caught.value)


@pytest.mark.parametrize("scores", [[1.0], [0.0, np.inf], None])
def test_scores_that_are_none(scores):
    with pytest.raises(ModelFailed):
        Fixed(Answers([0, 1], scores)).decision_function(X[:2])


def test_who_gives_no_score_has_no_decision_function():
    grep = Fixed(Command(("grep", "-q", "a"), verdicts={0: 1, 1: 0}))
    assert grep.access == Access.LABELS
    assert not hasattr(grep, "decision_function")
    assert Classifier(grep).scores(texts(["a", "b"])).tolist() == [1.0, 0.0]
    assert hasattr(Fixed(Command(("cat",), verdicts={0: 0}, score=".+")), "decision_function")


def test_a_guard_stands_before_it():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    rows = Batch(rng.normal(2.0 * y - 1)[:, None], y)
    guard = Abstain(estimator=Fixed(TRAINED), escalate=0.1).fit(rows.X, rows.y)
    assert guard.estimator_.model is TRAINED
    assert guard.decide(np.array([[-5.0], [0.0], [5.0]])).tolist() == [0, 2, 1]
