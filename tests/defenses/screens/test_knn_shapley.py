import numpy as np
import pytest

from amlsec.data import Batch
from amlsec.defenses.screens.knn_shapley import KNNShapley
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Labelled
from amlsec.impact.knn_shapley import knn_shapley
from mails_and_blobs import blobs, flipped, inbox
from said import caught, said

ALL = slice(None)


def test_the_score_is_minus_the_value_among_all_rows_times_their_number():
    screen, offered = KNNShapley(k=3).fit(blobs(100, 0)), blobs(40, 1)
    base, calibration = screen.known_

    def scaled(rows):
        return Labelled((rows.X - base.X.mean(axis=0)) / base.X.std(axis=0), rows.y)

    values = knn_shapley(scaled(offered + calibration), scaled(base), k=3)[:40]
    assert np.allclose(said(screen.judge(offered))[0], -90 * values, rtol=5e-3, atol=1e-6)


@pytest.mark.parametrize("rows", [blobs, inbox])
def test_flipped_labels_are_found(rows):
    verdicts = KNNShapley().fit(rows(400, 0)).judge(flipped(rows(300, 1), 30))
    assert caught(verdicts, slice(0, 30)) >= 0.95
    assert caught(verdicts, slice(30, None)) <= 0.1


def test_it_misses_poison_far_from_all_that_is_voted_on():
    """Nobody's neighbours are worth nothing, and no less."""
    X = np.random.default_rng(0).normal(size=(30, 4)) + 50 * np.array([-1, 1, -1, 1])
    far = Batch(X, np.repeat([0, 1], 15))
    verdicts = KNNShapley().fit(blobs(400, 0)).judge(blobs(400, 1) + far)
    assert caught(verdicts, slice(400, None)) == 0


def test_no_neighbours_are_refused():
    with pytest.raises(InvalidInput, match="k is 0: must be at least 1"):
        KNNShapley(k=0).fit(blobs(40, 0))
