import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from amlsec.data import texts
from amlsec.defenses.learners.linear_features import linear_features
from amlsec.defenses.learners.sever import LOSSES, Sever, gradients
from amlsec.errors import InvalidInput


def rows(n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return rng.normal(2.0 * y[:, None], 1.0, (n, 5)), y


def poisoned(n=200, bad=10):
    """Rows of which the first are far on the malicious side and labelled benign."""
    X, y = rows(n)
    X[:bad], y[:bad] = 8.0, 0
    return X, y


def value(loss, margin):
    return np.logaddexp(0, -margin) if loss == "logistic" else np.maximum(0, 1 - margin)


@given(st.sampled_from(sorted(LOSSES)), st.integers(0, 10**6))
def test_gradients_are_those_of_finite_differences(loss, seed):
    rng = np.random.default_rng(seed)
    F, sign, w = rng.normal(size=(4, 3)), rng.choice([-1.0, 1.0], 4), rng.normal(size=4)
    margin = sign * (F @ w[:3] + w[3])
    analytic = gradients(F, sign * LOSSES[loss].slope(margin))
    for row in range(4):
        if abs(1 - margin[row]) < 1e-4:
            continue  # the hinge has no gradient at its corner
        known = approx_fprime(w, lambda v, i=row: value(loss, sign[i] * (F[i] @ v[:3] + v[3])), 1e-7)
        assert analytic[row] == pytest.approx(known, abs=1e-4)


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_a_round_is_the_papers_written_plainly(loss):
    X, y = poisoned()
    F, sign = linear_features(X).fit_transform(X), 2.0 * y - 1
    model = LOSSES[loss].model(1.0).fit(F, sign)
    margin = sign * model.decision_function(F)
    slope = sign * (-1 / (1 + np.exp(margin)) if loss == "logistic" else -1.0 * (margin < 1))
    G = slope[:, None] * np.column_stack([F, np.ones(len(F))])
    top = np.linalg.svd(G - G.mean(axis=0))[2][0]
    scores = ((G - G.mean(axis=0)) @ top) ** 2
    sever = Sever(loss=loss, contamination=0.1, rounds=1).fit(X, y)
    assert (~sever.kept_).sum() == 10
    assert scores[~sever.kept_].min() >= scores[sever.kept_].max() - 1e-9


@pytest.mark.parametrize(
    ("loss", "known"), [("logistic", LogisticRegression()), ("hinge", LinearSVC(loss="hinge", max_iter=10**5))]
)
@pytest.mark.parametrize("idle", [{"rounds": 0}, {"contamination": 0.0}])
def test_with_nothing_to_leave_out_it_is_the_linear_model(loss, known, idle):
    X, y = rows()
    F = linear_features(X).fit_transform(X)
    model = Sever(loss=loss, **idle).fit(X, y)
    assert model.kept_.all()
    assert (model.predict(X) == known.fit(F, y).predict(F)).mean() > 0.99


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_rows_of_one_mind_are_left_out(loss):
    X, y = poisoned()
    sever = Sever(loss=loss).fit(X, y)
    assert not sever.kept_[:10].any()
    fresh, truth = rows(seed=1)
    assert sever.score(fresh, truth) > Sever(loss=loss, rounds=0).fit(X, y).score(fresh, truth)


def test_each_round_leaves_out_half_of_the_feared_share():
    X, y = rows()
    kept = [Sever(contamination=0.2, rounds=r).fit(X, y).kept_.sum() for r in range(4)]
    assert kept == [200, 180, 162, 146]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 100))
def test_sparse_rows_are_judged_as_the_same_dense_ones(seed):
    rng = np.random.default_rng(seed)
    X = csr_matrix((rng.random((80, 12)) < 0.3).astype(float))
    y = np.arange(80) % 2
    sparse = Sever().fit(X, y)
    scores = []
    for F in (X, X.toarray()):
        model = Sever(rounds=0).fit(X, y)
        scores.append(model._ranked(F, 2.0 * y - 1)[:70])
    assert set(scores[0]) == set(scores[1])
    assert sparse.kept_.sum() == 80 - 4 - 3 - 3 - 3


def test_the_last_of_a_class_are_not_left_out():
    X = np.append(np.zeros(40), 9.0)[:, None] + np.linspace(0, 1, 41)[:, None]
    y = np.append(np.zeros(40, dtype=int), 1)
    model = Sever(contamination=0.4).fit(X, y)
    assert model.kept_[-1]
    assert set(model.predict(X)) <= {0, 1}


def test_texts():
    mails = texts(["cash prize now", "lunch agenda team"] * 20)
    assert Sever(loss="hinge").fit(mails, np.tile([1, 0], 20)).predict(mails[:2]).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"loss": "squared"}, [0, 1], "loss is 'squared': must be one of"),
        ({"C": 0.0}, [0, 1], "C is 0.0: must be above 0"),
        ({"contamination": -0.1}, [0, 1], "contamination is -0.1"),
        ({"rounds": -1}, [0, 1], "rounds is -1: must be at least 0"),
        ({}, [1, 1], "y is .*: must have two classes"),
    ],
)
def test_bad_input_is_named(options, y, message):
    with pytest.raises(InvalidInput, match=message):
        Sever(**options).fit([[1.0], [2.0]], y)
