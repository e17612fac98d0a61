import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from amlsec.data import texts
from amlsec.defenses.learners.linear_features import linear_features
from amlsec.defenses.learners.median_of_means import MedianOfMeans
from amlsec.defenses.learners.parts import contents, dealt, digests
from amlsec.errors import InvalidInput


def rows(n=600, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return rng.normal(2.0 * y[:, None] - 1, 1.0, (n, 2)), y


def parts_of(X, parts=9):
    return dealt(digests(contents(X), b"amlsec"), parts)


def vectors(model):
    return np.array([np.append(part.coef_, part.intercept_) for part in model.models_])


def test_one_part_is_a_logistic_regression():
    X, y = rows()
    F = linear_features(X).fit_transform(X)
    known = LogisticRegression().fit(F, y)
    model = MedianOfMeans(partitions=1).fit(X, y)
    assert model.coef_ == pytest.approx(known.coef_, abs=1e-3)
    assert model.decision_function(X) == pytest.approx(known.decision_function(F), abs=1e-2)


def test_it_is_the_point_of_least_distance_from_the_parts_models():
    model = MedianOfMeans(partitions=9).fit(*rows())
    middle, parts = np.append(model.coef_, model.intercept_), vectors(model)
    found = minimize(lambda at: np.linalg.norm(parts - at, axis=1).sum(), parts.mean(axis=0), tol=1e-12)
    assert middle == pytest.approx(found.x, abs=1e-3)
    assert len(parts) == 9


def liars(hostile):
    """Rows whose labels are all wrong in so many of 9 parts."""
    X, y = rows()
    return X, y, np.where(np.isin(parts_of(X), np.arange(hostile)), 1 - y, y)


@pytest.mark.parametrize("hostile", [1, 2, 3, 4])
def test_fewer_than_half_of_the_parts_cannot_pull_it_away(hostile):
    """Within (1 - a) / sqrt(1 - 2a) radii of a ball around any point that holds the honest models."""
    X, y, lies = liars(hostile)
    model = MedianOfMeans(partitions=9).fit(X, lies)
    honest = vectors(model)[hostile:]
    a, at = hostile / 9, np.append(model.coef_, model.intercept_)
    for centre in (honest.mean(axis=0), honest[0]):
        radius = np.linalg.norm(honest - centre, axis=1).max()
        assert np.linalg.norm(at - centre) <= (1 - a) / np.sqrt(1 - 2 * a) * radius
    assert model.score(X, y) > 0.9


def test_more_than_half_can():
    X, y, lies = liars(5)
    assert MedianOfMeans(partitions=9).fit(X, lies).score(X, y) < 0.2


def test_the_median_stands_where_one_regression_falls():
    """Four parts of nine full of far rows that lie."""
    X, y = rows()
    bad = np.flatnonzero(np.isin(parts_of(X), range(4)) & (y == 1))
    lies = y.copy()
    lies[bad] = 0
    assert MedianOfMeans(partitions=9).fit(X, lies).score(X, y) > MedianOfMeans(partitions=1).fit(X, lies).score(X, y) + 0.1


def test_parts_of_one_class_are_passed_over_and_order_makes_no_difference():
    X, y = rows(30)
    y[:] = np.arange(30) < 4
    model = MedianOfMeans(partitions=9).fit(X, y)
    assert 1 <= len(model.models_) < 9
    other = MedianOfMeans(partitions=9).fit(X[::-1], y[::-1])
    assert other.coef_ == pytest.approx(model.coef_)


def test_sparse_rows_and_texts():
    X, y = rows()
    assert MedianOfMeans().fit(csr_matrix(X), y).score(csr_matrix(X), y) > 0.9
    mails = texts([f"cash prize {i} now" if i % 2 else f"lunch {i} agenda team" for i in range(200)])
    assert MedianOfMeans().fit(mails, np.arange(200) % 2).score(mails, np.arange(200) % 2) == 1.0


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"C": -1.0}, [0, 1], "C is -1.0: must be above 0"),
        ({"partitions": 0}, [0, 1], "partitions is 0: must be at least 1"),
        ({"partitions": 10**6}, [0, 1], "partitions is 1000000: must leave a part with both classes"),
        ({}, [1, 1], "y is .*: must have two classes"),
    ],
)
def test_bad_input_is_named(options, y, message):
    with pytest.raises(InvalidInput, match=message):
        MedianOfMeans(**options).fit([[1.0], [2.0]], y)
