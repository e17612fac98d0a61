"""Systems under test train whatever they are offered."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.evaluation.systems import system


def blobs(n, seed):
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 2)) + 3.0 * y[:, None], y)


def test_poison_equal_to_a_trusted_row_is_not_accepted_and_ends_no_game():
    trusted, clean = blobs(80, 0), blobs(40, 1)
    copied = trusted.rows([3, 5]).relabelled(np.array([0, 0]))
    screened = system(named("roni"), {"estimator": LogisticRegression(), "random_state": 0})
    alone, both = screened.train(clean, trusted), screened.train(clean + copied, trusted)
    assert both.accepted[:40].tolist() == alone.accepted.tolist()
    assert not both.accepted[40:].any()
