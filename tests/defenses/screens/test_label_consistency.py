import numpy as np
import pytest

from amlsec.data import Batch
from amlsec.defenses.screens.label_consistency import LabelConsistency
from amlsec.errors import InvalidInput
from mails_and_blobs import blobs, flipped, inbox
from said import caught, said

pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.screens.calibration.TooFewTrusted")

FIRST, REST = slice(0, 30), slice(30, None)


def test_the_share_is_that_of_brute_force():
    screen, offered = LabelConsistency(k=7).fit(blobs(100, 0)), blobs(40, 1)
    base = screen.known_.base
    scale = base.X.std(axis=0)
    apart = np.linalg.norm((offered.X[:, None] - base.X) / scale, axis=2)
    nearest = np.argsort(apart, axis=1)[:, :7]
    disagreeing = (base.y[nearest] != offered.y[:, None]).mean(axis=1)
    assert np.allclose(said(screen.judge(offered))[0], disagreeing, atol=5e-4)


@pytest.mark.parametrize("rows", [blobs, inbox])
def test_flipped_labels_are_found(rows):
    verdicts = LabelConsistency().fit(rows(400, 0)).judge(flipped(rows(300, 1), 30))
    assert caught(verdicts, FIRST) >= 0.95
    assert caught(verdicts, REST) <= 0.08


def test_poison_does_not_vote_for_itself():
    """A crowd of wrong labels in one place is all found: neighbours are trusted rows."""
    crowd = Batch(2 + 0.01 * np.random.default_rng(0).normal(size=(300, 4)), np.zeros(300, dtype=np.int64))
    assert caught(LabelConsistency().fit(blobs(400, 0)).judge(crowd), slice(None)) == 1


def test_it_misses_rows_far_out_on_the_side_of_their_label():
    """They would turn a linear model, and their neighbours agree with them."""
    lever = Batch(np.tile([[-60.0, 0.0, 60.0, 0.0]], (30, 1)) - [[2, 2, 62, 2]], np.zeros(30, dtype=np.int64))
    assert caught(LabelConsistency().fit(blobs(400, 0)).judge(lever), slice(None)) == 0


def test_all_neighbours_are_asked_where_there_are_fewer():
    assert len(LabelConsistency(k=500).fit(blobs(40, 0)).judge(blobs(10, 1))) == 10


def test_no_neighbours_are_refused():
    with pytest.raises(InvalidInput, match="k is 0: must be at least 1"):
        LabelConsistency(k=0).fit(blobs(40, 0))
