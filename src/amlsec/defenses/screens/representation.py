"""Rows as a classifier sees them: numbers that a distance or a direction makes sense for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline

from amlsec.data import Batch, Rows
from amlsec.impact.checks import labelled
from amlsec.impact.refit import last_step, seeded, trained
from amlsec.usual import usual

Features = Callable[[Rows], Any]

_BENT = {"identity": lambda z: z, "logistic": expit, "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}


def features(base: Batch) -> Features:
    """What the usual classifier's last step sees, learnt from these rows.

    Of texts their TF-IDF (n, words), CSR rows of length 1, or 0 where no word is known; of tables their columns (n, d) in
    standard deviations from the mean.

    >>> features(Batch(np.array([[1.0], [3.0]]), np.array([0, 1])))(np.array([[4.0]]))
    array([[2.]])
    """
    transform: Features = usual(base)[:-1].fit(base.X).transform
    return transform


def seen(estimator: Any, base: Batch, rows: Batch, random_state: int | None) -> Any:
    """The rows (n, d) as the last layer of the classifier sees them.

    Of a multi-layer perceptron, alone or at the end of a pipeline, they are the activations of its last hidden layer,
    trained on base and rows; of every other classifier, and None, the `features` of the base.
    """
    if not _has_layers(estimator):
        return features(base)(rows.X)
    model = trained(seeded(estimator, random_state or 0), labelled(base + rows))
    return activations(*last_step(model, rows.X))


def activations(perceptron: MLPClassifier, X: Any) -> Any:
    """What the last hidden layer (n, units) of a fitted perceptron makes of rows (n, d)."""
    bent = _BENT[perceptron.activation]
    for weights, intercepts in zip(perceptron.coefs_[:-1], perceptron.intercepts_[:-1], strict=True):
        X = bent(X @ weights + intercepts)
    return X


def _has_layers(estimator: Any) -> bool:
    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    return isinstance(last, MLPClassifier)
