"""Members of the catalogue in layers, by their names."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.data import Batch
from amlsec.errors import CatalogueError, InvalidInput
from amlsec.evaluation.systems import system
from amlsec.layered.stack import stacked


def blobs(n, seed):
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 2)) + 4.0 * y[:, None], y)


OFFERS = {"estimator": LogisticRegression(), "random_state": 0, "register": None, "partitions": 3}


def test_a_stack_under_test_screens_learns_and_guards():
    trusted, offered, test = blobs(100, 0), blobs(200, 1), blobs(100, 2)
    model = system(stacked("training-loss & bagged-ensemble & abstain"), OFFERS).train(offered, trusted)
    assert set(model.estimator.deciders_) == {"bagged-ensemble", "abstain"}
    assert type(model.estimator.deciders_["abstain"].estimator_).__name__ == "BaggedEnsemble"
    assert model.accepted.mean() > 0.8
    assert (model.labels(test.X) == test.y).mean() > 0.8


def test_guards_alone_stand_before_the_classifier():
    model = system(stacked("abstain & dynamic-threshold"), OFFERS).train(blobs(200, 1), blobs(100, 0))
    assert list(model.estimator.deciders_) == ["model", "abstain", "dynamic-threshold"]
    assert model.accepted is None


def test_what_is_joined_by_or_passes_where_one_is_content():
    trusted, offered, test = blobs(100, 0), blobs(200, 1), blobs(200, 2)
    strict, mild = (
        system(stacked(rule), OFFERS).train(offered, trusted).labels(test.X)
        for rule in ("bagged-ensemble & (abstain & dynamic-threshold)", "bagged-ensemble & (abstain | dynamic-threshold)")
    )
    assert (strict >= mild).all()
    assert strict.sum() > mild.sum()


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("roni & nobody", CatalogueError, "no member is called 'nobody'"),
        (
            "roni & good-words",
            InvalidInput,
            "layers is 'roni & good-words': holds good-words, of the kind evasion: must be of screen",
        ),
        ("roni | abstain", InvalidInput, "screens judge training rows"),
        ("roni & roni", InvalidInput, "names roni twice"),
    ],
)
def test_what_is_no_stack_is_refused_by_name(text, error, said):
    with pytest.raises(error, match=said):
        stacked(text)
