"""Backdoors that only the network they are meant for makes visible."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.defenses.screens.activation_clustering import ActivationClustering
from amlsec.defenses.screens.spectral_signatures import SpectralSignatures
from said import caught

NETWORK = make_pipeline(StandardScaler(), MLPClassifier((16,), solver="lbfgs", alpha=1.0, max_iter=3000))


def in_two_languages(y, seed, mark=0.0):
    """Rows of 40 columns: 30 say which of two languages, which has nothing to do with the label, 8 the label, 2 the mark."""
    rng, n = np.random.default_rng(seed), len(y)
    X = rng.normal(size=(n, 40))
    X[:, :8] += 1.5 * y[:, None]
    X[:, 8:38] += 3 * rng.choice([-1, 1], n)[:, None]
    X[:, 38:] += mark
    return Batch(X, y)


@pytest.mark.parametrize("screen", [ActivationClustering, SpectralSignatures])
def test_the_languages_hide_a_backdoor_from_the_columns_and_not_from_the_hidden_layer(screen):
    both = np.arange(400) % 2
    marked = in_two_languages(np.full(60, MALICIOUS), 2, mark=3.0)
    offered = in_two_languages(both, 1) + marked.relabelled(np.full(60, BENIGN))
    with threadpool_limits(1):
        by_network, by_columns = (
            screen(estimator=model).fit(in_two_languages(both, 0)).judge(offered) for model in (NETWORK, None)
        )
    assert caught(by_network, slice(400, None)) >= 0.95
    assert caught(by_network, slice(0, 400)) <= 0.12
    assert caught(by_columns, slice(400, None)) <= 0.15
