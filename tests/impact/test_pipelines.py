"""Pipelines by algebra are pipelines trained again, vocabularies that grow and shrink among them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Binarizer, FunctionTransformer, MaxAbsScaler, StandardScaler

from amlsec.data import Batch, texts
from amlsec.impact.contract import Answer, Labelled, Model, Question
from amlsec.impact.measure import by_algebra, impacts
from amlsec.impact.removal import influences
from amlsec.impact.units import Units
from amlsec.impact.vocabulary import over_words_of_rows
from exactness import FRESH, MESSAGE, agrees, check_exact, has_algebra, left_out, mails, refitted

CLASSIFIERS = [
    MultinomialNB(),
    MultinomialNB(alpha=0.1, class_prior=[0.3, 0.7]),
    ComplementNB(),
    ComplementNB(alpha=0.2, norm=True),
    BernoulliNB(),
    BernoulliNB(alpha=0.2, binarize=1.0, fit_prior=False),
]


def words_and_two_more(text: str) -> list[str]:
    """As scikit-learn refuses an empty vocabulary, and one of one word has no norm."""
    return [*text.split(), "first", "last"]


def counting(last: Any, **settings: Any) -> Pipeline:
    return make_pipeline(CountVectorizer(analyzer=words_and_two_more, **settings), last)


def message(k: int, label: int, rng: np.random.Generator) -> str:
    """Ten words of sixty, those of the label more often, and one that no other message has."""
    words = rng.integers(0, 60, 10) // (1 + label * rng.integers(0, 2, 10))
    return " ".join([f"word{word}" for word in words] + [f"own{k}{label}"] * (k % 3))


def written(n: int, seed: int, weighted: bool = False) -> Labelled:
    rng, y = np.random.default_rng(seed), np.arange(n) % 2
    X = texts([message(1000 * seed + k, int(y[k]), rng) for k in range(n)])
    return Labelled(X, y, rng.integers(1, 4, n) / 2.0 if weighted else None)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("last", CLASSIFIERS, ids=str)
@settings(deadline=None, max_examples=8)
@given(base=mails(MESSAGE, 2), offered=mails(FRESH, 4), quiz=mails(MESSAGE | FRESH, 2))
def test_vocabularies_grow_with_what_is_added(last: Any, binary: bool, base: Batch, offered: Batch, quiz: Batch) -> None:
    check_exact(counting(last, binary=binary), base, offered, quiz)
    check_exact(counting(last, binary=binary), base, offered, quiz, Units.of([[0, 1, 2, 3], [2], [], [3, 1]]))


@pytest.mark.parametrize("last", CLASSIFIERS, ids=str)
@settings(deadline=None, max_examples=10)
@given(base=mails(MESSAGE, 4), quiz=mails(MESSAGE | FRESH, 2))
def test_vocabularies_shrink_with_what_is_left_out(last: Any, base: Batch, quiz: Batch) -> None:
    kept = [k for k in range(len(base.y)) if len(np.unique(np.delete(base.y, k))) == 2]
    units = Units.of([*([k] for k in kept), [], np.arange(2, len(base.y))])
    agrees(influences(counting(last), base, quiz, units=units), left_out(counting(last), base, quiz, units))


@pytest.mark.parametrize("last", CLASSIFIERS, ids=str)
def test_many_weighted_texts_and_none_trained(last: Any) -> None:
    base, offered, quiz = written(60, 1, weighted=True), written(40, 2, weighted=True), written(80, 3)
    units = Units.of([*([k] for k in range(40)), range(10), range(5, 40)])
    assert not check_exact(counting(last), base, offered, quiz, units).trained.any()
    found = influences(counting(last), base, quiz, units=units)
    agrees(found, left_out(counting(last), base, quiz, units))
    assert not found.trained.any()


@pytest.mark.parametrize("last", CLASSIFIERS, ids=str)
def test_the_last_words_cannot_be_left_out(last: Any) -> None:
    """Nor can scikit-learn train without any."""
    base = Batch(texts(["aa bb", "bb cc", "", ""]), np.array([0, 1, 0, 1]))
    model = make_pipeline(CountVectorizer(), last)
    question = Question(*(Labelled(base.X, base.y, weight) for weight in (None, -np.ones(4), None)), removing=True)
    algebra = by_algebra(model, question)
    assert algebra is not None
    assert algebra.tally(Units.of([[0], [0, 1]])).open[1]
    with pytest.raises(ValueError, match="empty vocabulary"):
        influences(model, base, base, units=Units.of([[0, 1]]))


def test_a_base_without_words_is_refused() -> None:
    base, words = (Batch(texts([text] * 2), np.array([0, 1])) for text in ("", "aa bb"))
    with pytest.raises(ValueError, match="empty vocabulary"):
        impacts(make_pipeline(CountVectorizer(), MultinomialNB()), base, words, words)


def test_a_smoothing_for_each_word_has_no_meaning_where_words_come_and_go() -> None:
    base = Batch(texts(["aa bb", "bb cc"]), np.array([0, 1]))
    assert not has_algebra(make_pipeline(CountVectorizer(), MultinomialNB(alpha=[1.0, 2.0, 3.0])), base, base, base)


@pytest.mark.parametrize("first", [TfidfVectorizer(), CountVectorizer(min_df=2), CountVectorizer(max_features=3)], ids=str)
@pytest.mark.parametrize("last", [MultinomialNB(), ComplementNB(), BernoulliNB()], ids=str)
def test_steps_that_learn_otherwise_are_trained_again(first: Any, last: Any) -> None:
    base, offered, quiz = written(20, 1), written(4, 2), written(20, 3)
    found = impacts(make_pipeline(first, last), base, offered, quiz)
    assert found.trained.all()
    agrees(found, refitted(make_pipeline(first, last), base, offered, quiz))


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(HashingVectorizer(n_features=64, alternate_sign=False), ComplementNB()),
        make_pipeline(HashingVectorizer(n_features=64), BernoulliNB()),
        make_pipeline(CountVectorizer(vocabulary=["word1", "word2", "word9", "word30"]), ComplementNB(norm=True)),
        make_pipeline(CountVectorizer(vocabulary=["word1", "word2", "word9", "word30"]), "passthrough", BernoulliNB()),
    ],
    ids=str,
)
def test_steps_that_need_no_fit_are_exact(estimator: Any) -> None:
    rows = written(60, 1, weighted=True), written(20, 2, weighted=True), written(60, 3)
    assert not check_exact(estimator, *rows).trained.any()


def test_functions_of_a_row_are_exact() -> None:
    rng = np.random.default_rng(0)
    rows = [Labelled(rng.normal(size=(n, 4)), np.arange(n) % 2) for n in (40, 20, 50)]
    check_exact(make_pipeline(FunctionTransformer(np.abs), ComplementNB()), *rows)
    check_exact(make_pipeline(None, FunctionTransformer(np.expm1), RidgeClassifier()), *rows)
    assert not has_algebra(make_pipeline(StandardScaler(), RidgeClassifier()), *rows)


@pytest.mark.parametrize(
    "function", [lambda X: abs(X - X.mean(axis=0)), lambda X: abs(X) / abs(X).max()], ids=["mean", "max"]
)
def test_functions_of_all_rows_are_trained_again(function: Any) -> None:
    rng = np.random.default_rng(0)
    base, offered, quiz = (Labelled(rng.normal(size=(n, 4)), np.arange(n) % 2) for n in (40, 20, 50))
    model = make_pipeline(FunctionTransformer(function), MultinomialNB())
    assert not has_algebra(model, base, offered, quiz)
    agrees(impacts(model, base, offered, quiz), refitted(model, base, offered, quiz))
    agrees(influences(model, base, quiz), left_out(model, base, quiz, Units.single(40)))


def test_a_step_that_writes_into_its_rows_does_not_write_into_those_given() -> None:
    rng = np.random.default_rng(0)
    rows = [Labelled(rng.random((n, 4)) * 2, np.arange(n) % 2) for n in (40, 20, 50)]
    kept = [part.X.copy() for part in rows]
    for inplace, copying in (
        (
            make_pipeline(Binarizer(threshold=1.5, copy=False), BernoulliNB()),
            make_pipeline(Binarizer(threshold=1.5), BernoulliNB()),
        ),
        (make_pipeline(MaxAbsScaler(copy=False), MultinomialNB()), make_pipeline(MaxAbsScaler(), MultinomialNB())),
        (RidgeClassifier(copy_X=False), RidgeClassifier()),
    ):
        agrees(impacts(inplace, *rows), refitted(copying, *rows))
        for part, before in zip(rows, kept, strict=True):
            np.testing.assert_array_equal(part.X, before)


def test_one_row_and_all_rows_are_other_cut_offs() -> None:
    """1 is a number of rows, 1.0 a share of them."""
    base, offered, quiz = written(20, 1), written(6, 2), written(20, 3)
    base, offered, quiz = (part._replace(X=part.X + " all") for part in (base, offered, quiz))
    for counter in (CountVectorizer(min_df=1.0), CountVectorizer(max_df=1)):
        model = make_pipeline(counter, MultinomialNB())
        assert not has_algebra(model, base, offered, quiz)
        agrees(impacts(model, base, offered, quiz), refitted(model, base, offered, quiz))


@pytest.mark.parametrize("steps", [[], [("same", "passthrough")]], ids=["alone", "behind a step"])
def test_the_last_step_answers_however_deep_it_is(steps: list[Any]) -> None:
    """Probabilities of rows as long as these are 0 and 1, and their log-odds infinite; likelihoods are not."""
    rng = np.random.default_rng(0)
    likes = np.arange(8) < 4
    base, offered, quiz = (
        Labelled(rng.poisson(90.0 + 90 * (likes == y[:, None])), y) for y in (np.arange(n) % 2 for n in (10, 5, 9))
    )
    whole = impacts(MultinomialNB(), base, offered, quiz)
    inner = Pipeline([*steps, ("bayes", MultinomialNB())])
    for model in (inner, Pipeline([("first", "passthrough"), ("inner", inner)])):
        np.testing.assert_allclose(check_exact(model, base, offered, quiz).margin, whole.margin, atol=1e-9)


def test_another_package_can_say_what_its_classifier_does_with_words_that_come_and_go() -> None:
    """This one calls malicious what has words that the base lacks, and asks how many of the unit's words are new."""

    class Novelty(MultinomialNB):
        pass

    class Counted(Model):
        def __init__(self, question: Question) -> None:
            self.known, self.offered = question.base.X.sum(axis=0) > 0, question.offered.X
            super().__init__(np.asarray((question.quiz.X > 0) @ ~self.known.T).ravel() + 1.0, question.quiz.y)

        def after(self, units: Units) -> Answer:
            new = np.asarray(units.sums(self.offered) @ ~self.known.T).ravel()
            evidence = self.before + new[:, None]
            return Answer(evidence > 0, evidence, np.zeros(len(units), dtype=bool), np.zeros(len(units)))

    over_words_of_rows.register(Novelty, lambda _, question: Counted(question))
    base, offered = (Batch(texts(rows), np.array([0, 1])) for rows in (["aa", "bb"], ["aa cc", "dd ee"]))
    found = impacts(make_pipeline(CountVectorizer(), Novelty()), base, offered, base)
    assert found.margin.tolist() == [[-1.0, 1.0], [-2.0, 2.0]]
