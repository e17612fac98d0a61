import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, FunctionTransformer
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Answer, Question, family
from amlsec.impact.measure import Impacts, exact_family, impacts
from amlsec.impact.refit import evidence, seeded

MESSAGE = st.lists(st.sampled_from(["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh"]), max_size=7).map(" ".join)
FRESH = st.lists(st.sampled_from(["aa", "cc", "hh", "ii", "jj", "kk"]), max_size=7).map(" ".join)
COUNTS = st.lists(st.integers(0, 4).map(float), min_size=4, max_size=4)


def rows(values: st.SearchStrategy[Any], least: int, make: Callable[[list[Any]], Any]) -> st.SearchStrategy[Batch]:
    """Batches that hold both classes where they hold two rows, duplicates among them."""
    listed = st.lists(st.tuples(values, st.integers(0, 1)), min_size=least, max_size=10)
    labels = lambda pairs: np.array([k if k < 2 else pair[1] for k, pair in enumerate(pairs)], dtype=np.int64)  # noqa: E731
    return listed.map(lambda pairs: Batch(make([value for value, _ in pairs]), labels(pairs)))


def mails(values: st.SearchStrategy[str], least: int) -> st.SearchStrategy[Batch]:
    return rows(values, least, texts)


def tables(least: int) -> st.SearchStrategy[Batch]:
    return rows(COUNTS, least, np.array)


def refitted(estimator: Any, base: Batch, offered: Batch, quiz: Batch, units: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Clone, fit, predict, count: the definition, read line by line."""
    before = clone(estimator).fit(base.X, base.y)
    sign = np.where(quiz.y == 1, 1.0, -1.0)
    counted: dict[str, list[list[float]]] = {"helped": [], "hurt": [], "margin": []}
    for unit in units:
        both = base + offered.rows(unit)
        after = clone(estimator).fit(both.X, both.y)
        was, now = before.predict(quiz.X) == quiz.y, after.predict(quiz.X) == quiz.y
        shift = sign * (evidence(after, quiz.X) - evidence(before, quiz.X))
        counted["helped"].append([float((now & ~was)[quiz.y == c].sum()) for c in (0, 1)])
        counted["hurt"].append([float((was & ~now)[quiz.y == c].sum()) for c in (0, 1)])
        counted["margin"].append([float(shift[quiz.y == c].mean()) for c in (0, 1)])
    return {name: np.array(values).reshape(-1, 2) for name, values in counted.items()}


def agrees(measured: Impacts, truth: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(measured.helped, truth["helped"])
    np.testing.assert_array_equal(measured.hurt, truth["hurt"])
    np.testing.assert_allclose(measured.margin, truth["margin"], atol=1e-9, rtol=0)


def each(offered: Batch) -> list[np.ndarray]:
    return [np.array([k]) for k in range(len(offered))]


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
    measured = impacts(estimator, base, offered, quiz)
    assert measured.exact
    agrees(measured, refitted(estimator, base, offered, quiz, each(offered)))


@pytest.mark.parametrize("estimator", TABLE_FAMILIES, ids=shown)
@settings(deadline=None, max_examples=40)
@given(base=tables(2), offered=tables(1), quiz=tables(2))
def test_algebra_gives_what_training_again_gives_on_tables(estimator: Any, base: Batch, offered: Batch, quiz: Batch) -> None:
    measured = impacts(estimator, base, offered, quiz)
    assert measured.exact
    agrees(measured, refitted(estimator, base, offered, quiz, each(offered)))


@pytest.mark.parametrize("estimator", [TEXT_FAMILIES[0], TEXT_FAMILIES[2]], ids=shown)
@settings(deadline=None, max_examples=30)
@given(base=mails(MESSAGE, 2), offered=mails(FRESH, 4), quiz=mails(MESSAGE, 2))
def test_rows_added_together_are_trained_on_together(estimator: Any, base: Batch, offered: Batch, quiz: Batch) -> None:
    units = [np.array([0, 1, 2, 3]), np.array([2]), np.zeros(0, dtype=int), np.array([3, 1])]
    measured = impacts(estimator, base, offered, quiz, units=units)
    agrees(measured, refitted(estimator, base, offered, quiz, units))
    assert not measured.net[2].any()
    assert not measured.margin[2].any()


def drawn(n: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(rng.normal(size=(n, 3)) + y[:, None], y)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        LinearSVC(random_state=0),
        DecisionTreeClassifier(random_state=0),
        make_pipeline(FunctionTransformer(np.abs), ComplementNB()),
        RandomForestClassifier(n_estimators=5, random_state=0),
    ],
    ids=shown,
)
def test_any_other_classifier_is_trained_again(estimator: Any) -> None:
    base, offered, quiz = drawn(30, 0), drawn(4, 1), drawn(40, 2)
    measured = impacts(estimator, base, offered, quiz)
    assert not measured.exact
    agrees(measured, refitted(estimator, base, offered, quiz, each(offered)))


def test_any_number_of_processes_gives_the_same_numbers() -> None:
    base, offered, quiz = drawn(30, 0), drawn(6, 1), drawn(40, 2)
    forest = RandomForestClassifier(n_estimators=3)
    one, two = (impacts(forest, base, offered, quiz, n_jobs=n, random_state=5) for n in (1, 2))
    np.testing.assert_array_equal(one.margin, two.margin)


def test_a_row_already_there_moves_a_seeded_forest_only_by_its_weight() -> None:
    """An empty unit leaves a random model where it was, because base and base + unit share the seed."""
    measured = impacts(
        RandomForestClassifier(n_estimators=3), drawn(30, 0), drawn(2, 1), drawn(40, 2), units=[np.array([], int)]
    )
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
        MultinomialNB(alpha=[1.0, 2.0]),
        MultinomialNB(alpha=0.0),
        LogisticRegression(),
        make_pipeline(CountVectorizer(), LogisticRegression()),
    ],
    ids=shown,
)
def test_a_model_that_algebra_would_get_wrong_has_no_exact_family(estimator: Any) -> None:
    assert exact_family(estimator) is None


def test_units_close_to_a_tie_are_trained_for_real() -> None:
    """A family that is wrong where it says it is close: its answer there must not be used."""

    class Wrong(MultinomialNB):
        pass

    def wrong(estimator: Any, question: Question):
        for _ in question.units:
            no = np.zeros((1, len(question.quiz)))
            yield Answer(no > 1, no + 7.0, np.array([True]))

    family.register(Wrong, lambda _: wrong)
    base, offered, quiz = (Batch(np.abs(batch.X), batch.y) for batch in (drawn(20, 0), drawn(5, 1), drawn(30, 2)))
    agrees(impacts(Wrong(), base, offered, quiz), refitted(Wrong(), base, offered, quiz, each(offered)))


def test_many_units_are_answered_in_their_order() -> None:
    rng = np.random.default_rng(0)
    counts = [Batch(rng.poisson(2.0, (n, 5)).astype(float), np.arange(n) % 2) for n in (20, 600, 30)]
    whole = impacts(MultinomialNB(), *counts)
    last = impacts(MultinomialNB(), *counts, units=[np.array([599])])
    np.testing.assert_allclose(whole.margin[599], last.margin[0], atol=1e-12)
    assert len(whole) == 600


@pytest.mark.parametrize("which", ["base", "quiz"])
def test_a_missing_class_is_refused(which: str) -> None:
    good = drawn(10, 0)
    given_rows = {"base": good, "quiz": good, which: good.labelled(1)}
    with pytest.raises(InvalidInput, match=which):
        impacts(MultinomialNB(), given_rows["base"], good, given_rows["quiz"])
