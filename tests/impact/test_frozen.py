"""A frozen pipeline learns its first steps once, and algebra answers for its last."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Labelled
from amlsec.impact.frozen import frozen
from amlsec.impact.measure import impacts, margins
from amlsec.impact.removal import influences
from amlsec.impact.units import Units
from exactness import agrees, check_exact, has_algebra, left_out


def written(n: int, seed: int) -> Batch:
    rng, y = np.random.default_rng(seed), np.arange(n) % 2
    words = rng.integers(0, 40, (n, 8)) // (1 + y[:, None] * rng.integers(0, 2, (n, 8)))
    return Batch(texts([" ".join(f"word{word}" for word in row) for row in words]), y)


PIPELINES = [
    make_pipeline(TfidfVectorizer(), MultinomialNB()),
    make_pipeline(TfidfVectorizer(sublinear_tf=True), ComplementNB(norm=True)),
    make_pipeline(CountVectorizer(min_df=2, max_df=0.5), BernoulliNB()),
    make_pipeline(CountVectorizer(), SelectKBest(chi2, k=20), "passthrough", MultinomialNB(alpha=0.1)),
]


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda pipeline: " ".join(name for name, _ in pipeline.steps))
def test_algebra_is_a_refit_of_the_frozen_pipeline(pipeline: Any) -> None:
    base, offered, quiz = written(60, 1), written(20, 2), written(60, 3)
    assert not has_algebra(pipeline, base, offered, quiz)
    still = frozen(pipeline, base)
    found = check_exact(still, base, offered, quiz)
    assert not found.trained.any()
    check_exact(still, base, offered, quiz, Units.of([range(10), [3], []]))
    units = Units.of([[k] for k in range(20)])
    agrees(influences(still, base, quiz, units=units), left_out(still, base, quiz, units))
    np.testing.assert_allclose(margins(still, base, offered, quiz), found.margin, atol=1e-12)


def test_a_frozen_scaler_is_not_moved_by_the_candidate() -> None:
    rng = np.random.default_rng(0)
    base, offered, quiz = (Batch(rng.normal(size=(n, 3)) + np.arange(n)[:, None] % 2, np.arange(n) % 2) for n in (30, 5, 40))
    pipeline = make_pipeline(StandardScaler(), RidgeClassifier())
    found = check_exact(frozen(pipeline, base), base, offered, quiz)
    scaled = [Batch(StandardScaler().fit(base.X).transform(rows.X), rows.y) for rows in (base, offered, quiz)]
    np.testing.assert_allclose(found.margin, impacts(RidgeClassifier(), *scaled).margin, atol=1e-12)
    assert np.abs(found.margin - impacts(pipeline, base, offered, quiz).margin).max() > 1e-6


def test_words_that_the_base_lacks_are_not_counted() -> None:
    base, quiz = written(40, 1), written(40, 2)
    unseen, empty = (Batch(texts([text]), np.array([1])) for text in ("never seen before", ""))
    still = frozen(PIPELINES[0], base)
    np.testing.assert_array_equal(impacts(still, base, unseen, quiz).margin, impacts(still, base, empty, quiz).margin)


def test_the_first_steps_are_fitted_once_and_the_last_not_at_all() -> None:
    base, others = written(40, 1), written(40, 2)
    pipeline = make_pipeline(TfidfVectorizer(), MultinomialNB())
    still = frozen(pipeline, base)
    again = clone(still).fit(others.X, others.y)
    words = TfidfVectorizer().fit(base.X)
    np.testing.assert_array_equal(again.steps[0][1].idf_, words.idf_)
    assert again.steps[0][1].vocabulary_ == words.vocabulary_
    with pytest.raises(NotFittedError):
        still.steps[-1][1].predict(words.transform(base.X))
    with pytest.raises(NotFittedError):
        pipeline.steps[0][1].transform(base.X)


def test_weighted_rows_are_taken() -> None:
    base = written(40, 1)
    rows = [Labelled(part.X, part.y, np.linspace(0.5, 2.0, len(part.y))) for part in (base, written(10, 2))]
    check_exact(frozen(PIPELINES[0], rows[0]), *rows, written(40, 3))


@pytest.mark.parametrize("estimator", [MultinomialNB(), make_pipeline(MultinomialNB())], ids=["no pipeline", "one step"])
def test_without_a_first_step_there_is_nothing_to_freeze(estimator: Any) -> None:
    with pytest.raises(InvalidInput, match="pipeline"):
        frozen(estimator, written(4, 0))
