import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import HuberRegressor, Ridge

from amlsec.data import texts
from amlsec.defenses.learners.linear_features import linear_features
from amlsec.defenses.learners.trim import Trim
from amlsec.errors import InvalidInput


def rows(n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return rng.normal(2.5 * y[:, None], 1.0, (n, 3)), y


def flipped(share=0.15):
    """Rows whose most malicious ones are labelled benign, and where."""
    X, y = rows()
    at = np.argsort(-X.sum(axis=1))[: int(share * len(y))]
    lies = y.copy()
    lies[at] = 0
    return X, y, lies, at


def test_without_contamination_it_is_a_regression_on_the_labels():
    X, y = rows()
    F = linear_features(X).fit_transform(X)
    known = Ridge().fit(F, 2.0 * y - 1)
    model = Trim(contamination=0.0).fit(X, y)
    assert model.decision_function(X) == pytest.approx(known.predict(F))
    assert (model.predict(X) == (known.predict(F) > 0)).all()


def test_flipped_rows_are_left_out():
    X, y, lies, at = flipped()
    plain, trimmed = (Trim(contamination=c).fit(X, lies) for c in (0.0, 0.15))
    assert not trimmed.regression_.kept_[at].any()
    assert trimmed.score(X, y) > 0.97 > plain.score(X, y) + 0.02


def test_any_two_labels_any_regressor_and_texts():
    X, y = rows()
    named = Trim(HuberRegressor()).fit(X, np.where(y, "spam", "ham"))
    assert named.classes_.tolist() == ["ham", "spam"]
    assert (named.predict(X) == np.where(y, "spam", "ham")).mean() > 0.95
    mails = texts(["cash prize now", "lunch agenda team"] * 20)
    assert Trim().fit(mails, np.tile([1, 0], 20)).predict(mails[:2]).tolist() == [1, 0]


def test_sparse_rows_are_taken_as_they_are():
    X, y = rows()
    sparse = Trim(contamination=0.0).fit(csr_matrix(X), y)
    assert sparse.decision_function(csr_matrix(X)) == pytest.approx(Ridge().fit(X, 2.0 * y - 1).predict(X), abs=1e-3)


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"contamination": 0.7}, [0, 1, 1], "contamination is 0.7"),
        ({}, [0, 0, 0], "y is .*: must have two classes"),
        ({}, [0, 1, 2], "y is .*: must have two classes"),
        ({}, [0, 1], "y is .*: must have one label for each of 3 > 0 rows"),
    ],
)
def test_bad_input_is_named(options, y, message):
    with pytest.raises(InvalidInput, match=message):
        Trim(**options).fit([[1.0], [2.0], [3.0]], y)


def test_no_row_stretches_a_column():
    X, _ = rows()
    far = X.copy()
    far[0] = 1e12
    before, after = (linear_features(table).fit_transform(table) for table in (X, far))
    assert np.abs(after).max() <= 10
    assert after[1:] == pytest.approx(before[1:], abs=0.1)
