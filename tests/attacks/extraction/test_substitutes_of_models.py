"""Copies that learn from verdicts, and from scores."""

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_moons
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from amlsec.data import Batch
from amlsec.oracle import Classifier
from amlsec.space.tabular import infer
from copied import Counted, Rounded, agreement, copy
from grounds import mails, text_space

NAMES = ["active-substitute", "score-substitute"]


def moons(rows, seed):
    X, y = make_moons(rows, noise=0.1, random_state=seed)
    return Batch(X, y)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", [SVC(gamma=2), KNeighborsClassifier(5)])
def test_agreement_grows_with_the_questions(name, model):
    train, own, rest = moons(500, 0), moons(40, 1), moons(1000, 2)
    space, judge = infer(train.X, ["a", "b"]), Classifier(model.fit(train.X, train.y))
    shares = [agreement(copy(name, judge, own, space, queries)[0], judge, rest.X) for queries in (0, 240)]
    assert shares[1] > 0.97
    assert shares[1] > shares[0] + 0.05


def test_the_copy_is_the_learner_he_knows():
    train, own = moons(500, 0), moons(40, 1)
    learner = SVC(gamma=2)
    judge = Classifier(SVC(gamma=2).fit(train.X, train.y))
    stolen, asked = copy(NAMES[0], judge, own, infer(train.X, ["a", "b"]), 400, learner)
    assert asked == 400
    assert isinstance(stolen.estimator, SVC)
    assert not hasattr(learner, "support_")
    assert agreement(stolen, judge, moons(1000, 2).X) > 0.98


def test_asking_where_the_copy_is_unsure_beats_asking_at_random():
    """A straight edge: the same learner, trained on as many answers about rows drawn like his own, knows it less well."""
    X, y = make_classification(4000, 10, n_informative=6, random_state=0)
    judge = Classifier(LogisticRegression(C=100).fit(X[:1000], y[:1000]))
    own, rest, space = Batch(X[1000:3000], y[1000:3000]), X[3000:], infer(X, list("abcdefghij"))
    stolen, _ = copy(NAMES[0], judge, own, space, 120, LogisticRegression(C=100))
    at_random = [
        LogisticRegression(C=100).fit(own.X[k : k + 120], judge.labels(own.X[k : k + 120])) for k in range(0, 1920, 120)
    ]
    share = np.mean([agreement(Classifier(other), judge, rest) for other in at_random])
    assert agreement(stolen, judge, rest) > share


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_copied(name):
    train, own, rest = mails(300, 0), mails(30, 1), mails(500, 2)
    judge = Classifier(make_pipeline(CountVectorizer(), MultinomialNB()).fit(train.X, train.y))
    stolen, asked = copy(name, judge, own, text_space(), 600)
    assert asked == 600
    assert agreement(stolen, judge, rest.X) > 0.97


def test_verdicts_for_scores_are_borne():
    train, own, rest = moons(500, 0), moons(40, 1), moons(1000, 2)
    judge = Classifier(HistGradientBoostingClassifier(max_iter=30).fit(train.X, train.y))
    stolen, _ = copy(NAMES[1], Rounded(judge, 0), own, infer(train.X, ["a", "b"]), 400)
    assert agreement(stolen, judge, rest.X) > 0.95


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_one_verdict_is_copied_as_such_by_few_calls(name):
    class Constant:
        def labels(self, X):
            return np.ones(len(X), dtype=np.int64)

        def scores(self, X):
            return np.full(len(X), 0.9)

    own, judge = moons(40, 1), Counted(Constant())
    stolen, asked = copy(name, judge, own, infer(own.X, ["a", "b"]), 100)
    assert asked == 100
    assert len(judge.calls) <= 7
    assert (stolen.labels(own.X) == 1).all()


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_of_the_models_kind(name):
    train, own = moons(300, 0), moons(60, 1)
    space, judge = infer(train.X, ["a", "b"]), Classifier(KNeighborsClassifier(5).fit(train.X, train.y))
    scores = copy(name, judge, own, space, 60, KNeighborsClassifier(5))[0].scores(train.X)
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize("name", [*NAMES, "boundary-points", "equation-solving", "path-finding"])
@pytest.mark.parametrize("queries", [1, 2, 5])
def test_a_few_questions_are_no_worse_than_none(name, queries):
    """On 1,000 rows; his own 60 rows are judged by the model nearly as they are labelled."""
    train, own, rest = moons(500, 0), moons(60, 1), moons(1000, 2)
    space, judge = infer(train.X, ["a", "b"]), Classifier(SVC(gamma=2).fit(train.X, train.y))
    shares = [agreement(copy(name, judge, own, space, some, SVC(gamma=2))[0], judge, rest.X) for some in (0, queries)]
    assert shares[1] > shares[0] - 0.05


@pytest.mark.parametrize("queries", range(6))
def test_a_learner_that_judges_nothing_by_so_few_rows_is_borne(queries):
    """Five neighbours are looked for among fewer rows."""
    own, judge = moons(3, 1), Classifier(KNeighborsClassifier(5).fit(moons(60, 0).X, moons(60, 0).y))
    stolen, _ = copy(NAMES[0], judge, own, infer(moons(60, 0).X, ["a", "b"]), queries, KNeighborsClassifier(5))
    assert np.isin(stolen.labels(moons(50, 2).X), (0, 1)).all()


@pytest.mark.parametrize("name", [*NAMES, "equation-solving"])
@pytest.mark.parametrize("queries", [1, 5])
def test_nor_are_a_few_questions_about_texts(name, queries):
    train, own, rest = mails(300, 0), mails(60, 1), mails(500, 2)
    judge = Classifier(make_pipeline(CountVectorizer(), MultinomialNB()).fit(train.X, train.y))
    shares = [agreement(copy(name, judge, own, text_space(), some)[0], judge, rest.X) for some in (0, queries)]
    assert shares[1] > shares[0] - 0.2
