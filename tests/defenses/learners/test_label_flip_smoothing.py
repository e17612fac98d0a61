"""Label-flip smoothing: the vote by training on drawn labels, the certificate by all flips of a small set."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from amlsec.defenses.learners.label_flip_smoothing import LabelFlipSmoothing
from amlsec.errors import InvalidInput

ASKED = np.array([[-2.0], [0.1], [1.0], [3.0]])


def rows(n: int, seed: int, gap: float = 2.0):
    y = np.arange(n) % 2
    return np.random.default_rng(seed).normal(size=(n, 3)) + gap * y[:, None], y


@parametrize_with_checks([LabelFlipSmoothing()])
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


small = st.lists(st.tuples(st.integers(-4, 4).map(float), st.integers(0, 1)), min_size=4, max_size=8).filter(
    lambda rows: len({label for _, label in rows}) == 2 and len({x for x, _ in rows}) > 1
)


def test_no_more_labels_can_be_flipped_than_there_are():
    """By its share of 0.76 the vote would bear three flips; there are two labels."""
    model = LabelFlipSmoothing(noise=0.4).fit([[-3.0], [3.0]], [0, 1])
    assert model.predict_proba([[0.0]]).max() == pytest.approx(0.76)
    assert model.certify_votes([[0.0]]).tolist() == model.certify_flips([[0.0]]).tolist() == [2]


@settings(max_examples=10, deadline=None)
@given(small, st.sampled_from([0.05, 0.2, 0.4]))
def test_no_flips_within_the_certificate_change_a_prediction(rows, noise):
    X, y = np.array([[x] for x, _ in rows]), np.array([label for _, label in rows])
    clean = LabelFlipSmoothing(noise=noise).fit(X, y)
    said, bound = clean.predict(ASKED), clean.certify_flips(ASKED)
    assert (clean.certify_votes(ASKED) <= bound).all()
    for flips in range(1, min(int(bound.max()), 4) + 1):
        assert all((after == said)[bound >= flips].all() for after in said_after_flips(X, y, flips, noise))


def said_after_flips(X, y, flips, noise):
    """The predictions after each choice of so many flips that leaves two classes."""
    for which in combinations(range(len(y)), flips):
        turned = y.copy()
        turned[list(which)] = 1 - turned[list(which)]
        if len(set(turned)) == 2:
            yield LabelFlipSmoothing(noise=noise).fit(X, turned).predict(ASKED)


def test_the_vote_is_what_training_on_drawn_labels_says():
    X, y = rows(60, 0, gap=0.7)
    asked, _ = rows(40, 1, gap=0.7)
    model = LabelFlipSmoothing(noise=0.2).fit(X, y)
    scaler, rng = StandardScaler().fit(X), np.random.default_rng(0)
    drawn = np.where(rng.random((60, 4000)) < 0.2, -1, 1) * (2 * y - 1)[:, None]
    said = Ridge(alpha=1.0).fit(scaler.transform(X), drawn).predict(scaler.transform(asked)) > 0
    share = said.mean(axis=1)
    assert (model.predict_proba(asked)[:, 1] - share) == pytest.approx(0, abs=4 * np.sqrt(0.25 / 4000) + 0.01)


def test_the_certificate_is_tight_on_more_rows():
    """The worst flips, by its own weights, change the prediction at one more than it bears; the bound by votes is less."""
    X, y = rows(60, 0, gap=1.0)
    model = LabelFlipSmoothing().fit(X, y)
    asked, _ = rows(6, 1, gap=1.0)
    said, borne, votes = model.predict(asked), model.certify_flips(asked), model.votes(asked)
    for row in range(6):
        order = np.argsort(-votes[row] * (2 * said[row] - 1), kind="stable")
        for flips, same in ((borne[row], True), (borne[row] + 1, False)):
            turned = y.copy()
            turned[order[:flips]] = 1 - turned[order[:flips]]
            assert (LabelFlipSmoothing().fit(X, turned).predict(asked[[row]])[0] == said[row]) == same
    assert (model.certify_votes(asked) <= borne).all()
    assert np.median(borne) > 2 * np.median(model.certify_votes(asked))


def test_the_features_are_learned_without_labels_and_no_rows_are_no_answer():
    X, y = rows(60, 0)
    model = LabelFlipSmoothing(features=PCA(2)).fit(X, y)
    assert model.score(X, y) > 0.9
    assert model.votes(X).shape == (60, 60)
    assert model.features_.n_components_ == 2


def test_it_claims_no_certificate_against_added_rows():
    assert not hasattr(LabelFlipSmoothing, "certify")


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"noise": 0.0}, [0, 1], "noise is 0.0: must lie in"),
        ({"noise": 0.5}, [0, 1], "noise is 0.5"),
        ({"ridge": 0}, [0, 1], "ridge is 0: must be above 0"),
        ({}, [1, 1], "must hold two classes"),
        ({}, [1, 2, 3], "must hold two classes"),
    ],
)
def test_bad_input_is_named(options, y, message):
    with pytest.raises(InvalidInput, match=message):
        LabelFlipSmoothing(**options).fit(np.arange(len(y))[:, None], y)
