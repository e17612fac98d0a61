import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.data import texts
from amlsec.defenses.screens.representation import activations, features, seen
from mails_and_blobs import blobs, inbox


def perceptron(activation="relu", layers=(6, 3)):
    return MLPClassifier(layers, activation=activation, solver="lbfgs", alpha=1.0, max_iter=2000)


def test_tables_in_standard_deviations_from_the_mean():
    base, rows = blobs(50, 0), blobs(20, 1)
    assert np.allclose(features(base)(rows.X), (rows.X - base.X.mean(axis=0)) / base.X.std(axis=0))


def test_texts_are_of_length_1_or_of_no_known_word():
    found = features(inbox(50, 0))(texts(["ham1 spam2 ham1", "something else"]))
    assert np.allclose(np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel()), [1, 0])


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_the_last_layer_on_its_activations_gives_the_network_s_probabilities(activation):
    rows = blobs(60, 0)
    network = perceptron(activation).set_params(random_state=0).fit(rows.X, rows.y)
    hidden = activations(network, rows.X)
    assert hidden.shape == (60, 3)
    odds = hidden @ network.coefs_[-1] + network.intercepts_[-1]
    assert np.allclose(1 / (1 + np.exp(-odds[:, 0])), network.predict_proba(rows.X)[:, 1])


def test_a_perceptron_at_the_end_of_a_pipeline_is_trained_on_all_rows_and_looked_into():
    base, rows = blobs(60, 0), blobs(30, 1)
    model = make_pipeline(StandardScaler(), perceptron())
    both = base + rows
    known = model.set_params(mlpclassifier__random_state=7).fit(both.X, both.y)
    expected = activations(known[-1], known[0].transform(rows.X))
    assert np.allclose(seen(make_pipeline(StandardScaler(), perceptron()), base, rows, 7), expected)
    mails = seen(make_pipeline(TfidfVectorizer(), perceptron()), inbox(40, 0), inbox(10, 1), 0)
    assert np.asarray(mails).shape == (10, 3)


@pytest.mark.parametrize("estimator", [None, LogisticRegression()])
def test_of_any_other_classifier_the_features_are_seen(estimator):
    base, rows = blobs(60, 0), blobs(30, 1)
    assert (seen(estimator, base, rows, 0) == features(base)(rows.X)).all()
