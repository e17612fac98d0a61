import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Binarizer, MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.engine import Workers
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Answer, Model, Quiz, family, tallied
from amlsec.impact.measure import answers, impacts
from amlsec.impact.refit import seeded
from amlsec.impact.units import Units
from exactness import FRESH, MESSAGE, agrees, check_exact, has_algebra, mails, refitted, tables


def shown(estimator):
    """A test's name, the same in every process: functions print their address."""
    return re.sub(r"<function \S+ at \w+>", "function", " ".join(str(estimator).split()))


TEXT_FAMILIES = [
    SpamBayes(),
    SpamBayes(threshold=0.15, max_discriminators=3),
    make_pipeline(CountVectorizer(analyzer=lambda text: text.split() or [""]), MultinomialNB()),
    make_pipeline(CountVectorizer(analyzer=lambda text: text.split() or [""], binary=True), MultinomialNB(alpha=0.1)),
    make_pipeline(CountVectorizer(vocabulary=["aa", "bb", "cc", "ii"]), MultinomialNB(fit_prior=False)),
    make_pipeline(HashingVectorizer(n_features=16, alternate_sign=False), MultinomialNB()),
    make_pipeline(HashingVectorizer(n_features=16), Binarizer(), MultinomialNB(class_prior=[0.3, 0.7])),
]
TABLE_FAMILIES = [MultinomialNB(), MultinomialNB(alpha=0.01, fit_prior=False), make_pipeline("passthrough", MultinomialNB())]


@pytest.mark.parametrize("estimator", TEXT_FAMILIES, ids=shown)
@settings(deadline=None, max_examples=30)
@given(base=mails(MESSAGE, 2), offered=mails(FRESH, 0), quiz=mails(MESSAGE | FRESH, 2))
def test_algebra_gives_what_training_again_gives_on_texts(estimator: Any, base: Batch, offered: Batch, quiz: Batch) -> None:
    check_exact(estimator, base, offered, quiz)


@pytest.mark.parametrize("estimator", TABLE_FAMILIES, ids=shown)
@settings(deadline=None, max_examples=40)
@given(base=tables(2), offered=tables(1), quiz=tables(2))
def test_algebra_gives_what_training_again_gives_on_tables(estimator: Any, base: Batch, offered: Batch, quiz: Batch) -> None:
    check_exact(estimator, base, offered, quiz)


@pytest.mark.parametrize("estimator", [TEXT_FAMILIES[0], TEXT_FAMILIES[2]], ids=shown)
@settings(deadline=None, max_examples=30)
@given(base=mails(MESSAGE, 2), offered=mails(FRESH, 4), quiz=mails(MESSAGE, 2))
def test_rows_added_together_are_trained_on_together(estimator: Any, base: Batch, offered: Batch, quiz: Batch) -> None:
    measured = check_exact(estimator, base, offered, quiz, Units.of([[0, 1, 2, 3], [2], [], [3, 1]]))
    assert not measured.net[2].any()
    assert not measured.margin[2].any()


def texts_for(estimator: Any) -> Batch:
    """Rows that the estimator can be trained on."""
    y = np.array([0, 1, 0, 1])
    if isinstance(estimator, Pipeline):
        return Batch(texts(["aa bb", "cc dd", "aa", "cc bb"]), y)
    return Batch(np.array([[1.0, 0], [0, 2], [1, 1], [0, 1]]), y)


def drawn(n: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(rng.normal(size=(n, 3)) + y[:, None], y)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(class_weight="balanced"),
        LinearSVC(loss="hinge", random_state=0),
        DecisionTreeClassifier(random_state=0),
        make_pipeline(StandardScaler(), MinMaxScaler(), ComplementNB()),
        RandomForestClassifier(n_estimators=5, random_state=0),
    ],
    ids=shown,
)
def test_any_other_classifier_is_trained_again(estimator: Any) -> None:
    base, offered, quiz = drawn(30, 0), drawn(4, 1), drawn(40, 2)
    measured = impacts(estimator, base, offered, quiz)
    assert measured.trained.all()
    agrees(measured, refitted(estimator, base, offered, quiz))


def test_any_number_of_processes_gives_the_same_numbers() -> None:
    base, offered, quiz = drawn(30, 0), drawn(6, 1), drawn(40, 2)
    forest = RandomForestClassifier(n_estimators=3)
    one, two = (impacts(forest, base, offered, quiz, workers=Workers(n_jobs=n), random_state=5) for n in (1, 2))
    np.testing.assert_array_equal(one.margin, two.margin)


def test_a_row_already_there_moves_a_seeded_forest_only_by_its_weight() -> None:
    """An empty unit leaves a random model where it was, because base and base + unit share the seed."""
    measured = impacts(RandomForestClassifier(n_estimators=3), drawn(30, 0), drawn(2, 1), drawn(40, 2), units=Units.of([[]]))
    assert not measured.margin.any()


def test_every_open_random_state_is_closed_and_no_other() -> None:
    model = seeded(make_pipeline(RandomForestClassifier(random_state=3), LogisticRegression()), 8)
    states = {name: value for name, value in model.get_params().items() if name.endswith("__random_state")}
    assert states == {"randomforestclassifier__random_state": 3, "logisticregression__random_state": 8}


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(TfidfVectorizer(), MultinomialNB()),
        make_pipeline(CountVectorizer(min_df=2), MultinomialNB()),
        make_pipeline(CountVectorizer(max_features=5), MultinomialNB()),
        MultinomialNB(alpha=0.0),
        LogisticRegression(C=np.inf),
        make_pipeline(CountVectorizer(), LogisticRegression(class_weight="balanced")),
    ],
    ids=shown,
)
def test_a_model_that_algebra_would_get_wrong_has_no_exact_family(estimator: Any) -> None:
    batch = texts_for(estimator)
    assert not has_algebra(estimator, batch, batch, batch)


@pytest.mark.parametrize("steps", [[], [CountVectorizer()]], ids=["table", "texts"])
def test_a_subclass_is_trained_again(steps: list[Any]) -> None:
    class Doubled(MultinomialNB):
        def _joint_log_likelihood(self, X: Any) -> Any:
            return 2 * super()._joint_log_likelihood(X)

    batch = texts_for(make_pipeline(*steps, Doubled())) if steps else texts_for(Doubled())
    model = make_pipeline(*steps, Doubled()) if steps else Doubled()
    assert not has_algebra(model, batch, batch, batch)
    agrees(impacts(model, batch, batch, batch), refitted(model, batch, batch, batch))


def test_infinite_evidence_of_one_class_says_nothing_of_the_other() -> None:
    """As without smoothing, where what a class never saw is impossible there."""
    quiz, before = Quiz(np.array([0, 1, 1])), np.zeros(3)
    evidence = np.array([[1.0, np.inf, 2.0], [-np.inf, 3.0, 1.0], [1.0, 2.0, 4.0]])
    answer = Answer(evidence > 0, evidence, np.zeros(3, dtype=bool), np.zeros(3))
    found = tallied(before > 0, before, answer, quiz).margin
    assert found.tolist() == [[-1.0, np.inf], [np.inf, 2.0], [-1.0, 3.0]]


def test_units_close_to_a_tie_are_trained_for_real() -> None:
    """A family that is wrong where it says it is close: its answer there must not be used."""

    class Wrong(MultinomialNB):
        pass

    class Confused(Model):
        def after(self, units: Units) -> Answer:
            no = np.zeros((len(units), len(self.before)))
            return Answer(no > 1, no + 7.0, np.ones(len(units), dtype=bool), np.zeros(len(units)))

    family.register(Wrong, lambda _, question: Confused(np.ones(len(question.quiz.y)), question.quiz.y))
    base, offered, quiz = (Batch(np.abs(batch.X), batch.y) for batch in (drawn(20, 0), drawn(5, 1), drawn(30, 2)))
    assert check_exact(Wrong(), base, offered, quiz).trained.all()
    settled = list(answers(Wrong(), base, offered, quiz))
    real = [clone(Wrong()).fit((base + offered.rows([k])).X, (base + offered.rows([k])).y).predict(quiz.X) for k in range(5)]
    np.testing.assert_array_equal(np.concatenate([answer.verdicts for answer in settled]), np.array(real) == 1)


def test_many_units_are_answered_in_their_order() -> None:
    rng = np.random.default_rng(0)
    counts = [Batch(rng.poisson(2.0, (n, 5)).astype(float), np.arange(n) % 2) for n in (20, 600, 30)]
    whole = impacts(MultinomialNB(), *counts)
    last = impacts(MultinomialNB(), *counts, units=Units.of([[599]]))
    np.testing.assert_allclose(whole.margin[599], last.margin[0], atol=1e-12)
    assert len(whole) == 600


@pytest.mark.parametrize("which", ["base", "quiz"])
def test_a_missing_class_is_refused(which: str) -> None:
    good = drawn(10, 0)
    given_rows = {"base": good, "quiz": good, which: good.labelled(1)}
    with pytest.raises(InvalidInput, match=which):
        impacts(MultinomialNB(), given_rows["base"], good, given_rows["quiz"])
