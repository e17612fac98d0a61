import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.impact.shifts import parameter_shifts
from amlsec.impact.units import Units
from mails_and_blobs import blobs

LOGISTIC = LogisticRegression(solver="newton-cholesky", tol=1e-12)


def coefficients(model, base):
    last = clone(model).fit(base.X, base.y)
    last = last[-1] if hasattr(last, "steps") else last
    return last.centroids_.ravel() if hasattr(last, "centroids_") else np.append(last.coef_.ravel(), last.intercept_)


@pytest.mark.parametrize(
    "model", [RidgeClassifier(), NearestCentroid(), LOGISTIC, make_pipeline(StandardScaler(), LOGISTIC)], ids=str
)
def test_it_is_the_norm_of_the_change_of_the_coefficients(model):
    base, offered = blobs(60, 0), blobs(8, 1)
    units = Units.of([[0], [1, 2, 5], [], [7]])
    found = parameter_shifts(model, base, offered, blobs(20, 2), units=units)
    before = coefficients(model, base)
    expected = [np.linalg.norm(coefficients(model, base + offered.rows(unit)) - before) for unit in units]
    np.testing.assert_allclose(found, expected, atol=1e-7)
    assert found[2] == pytest.approx(0.0, abs=1e-9)
    assert found[1] > 0


def test_a_row_far_out_has_more_leverage():
    base, far = blobs(60, 0), Batch(np.array([[0.1, 0.0, 0.0, 0.0], [30.0, 0.0, 0.0, 0.0]]), np.array([0, 0]))
    near, away = parameter_shifts(RidgeClassifier(), base, far, base)
    assert away > 10 * near


def test_a_classifier_without_coefficients_is_refused():
    with pytest.raises(InvalidInput, match="MultinomialNB.*must have coefficients"):
        parameter_shifts(MultinomialNB(), *[Batch(np.abs(blobs(20, k).X), blobs(20, k).y) for k in range(3)])


def test_a_vocabulary_that_grows_is_refused():
    base, offered = (Batch(texts(words), np.array([0, 1])) for words in (["a b", "c d"], ["a", "e"]))
    with pytest.raises(InvalidInput, match="6 coefficients after 5.*must keep their number"):
        parameter_shifts(make_pipeline(CountVectorizer(token_pattern=r"\S+"), LOGISTIC), base, offered, base)
