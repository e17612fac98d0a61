"""What the screens that are calibrated on trusted rows have in common."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from threadpoolctl import threadpool_limits

from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from mails_and_blobs import blobs, inbox
from said import said

pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.screens.calibration.TooFewTrusted")

NAMES = (
    "activation-clustering",
    "confident-learning",
    "knn-shapley",
    "label-consistency",
    "slab",
    "spectral-signatures",
    "sphere",
    "training-loss",
)
TIED = {"confident-learning", "label-consistency"}  # most good rows have the same score: fewer than allowed are held back
BATCHES, CALIBRATION, HOLD_BACK = 200, 19, 0.1


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def screen(name, **settings):
    return named(name).build({"estimator": GaussianNB()} | settings)


@pytest.mark.parametrize("name", NAMES)
def test_over_200_clean_batches_the_share_held_back_is_the_one_stated(name):
    """19 calibration rows of a label: of continuous scores 2 ranks of 20 are held back, exactly one row in ten."""
    lost = [
        1
        - named(name)
        .build({"estimator": GaussianNB()})
        .set_params(hold_back=HOLD_BACK)
        .fit(blobs(4 * CALIBRATION, seed))
        .judge(blobs(20, 1000 + seed))
        .accepted.mean()
        for seed in range(BATCHES)
    ]
    error = np.std(lost) / np.sqrt(BATCHES)
    assert np.mean(lost) <= HOLD_BACK + 3 * error
    if name not in TIED:
        assert np.mean(lost) >= HOLD_BACK - 3 * error


@pytest.mark.parametrize("name", NAMES)
def test_reasons_give_value_p_value_and_rows_to_check_it_by(name):
    verdicts = screen(name).fit(blobs(100, 0)).judge(blobs(40, 1))
    _, p, rows = said(verdicts)
    assert (rows == 25).all()
    assert (verdicts.accepted == (p > named(name).run().hold_back)).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_row_far_beyond_any_number_is_judged(name):
    """What an attacker offers must not stop the screen."""
    huge = Batch(np.array([[1e300, -1e300, 0.0, 1e300]]), np.array([0]))
    verdicts = named(name).build({}).fit(blobs(100, 0)).judge(blobs(20, 1) + huge)
    assert np.isfinite(verdicts.score[:-1]).all()
    assert len(verdicts) == 21


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("hold_back", [0, 1, -0.1])
def test_a_share_outside_0_and_1_is_refused(name, hold_back):
    with pytest.raises(InvalidInput, match="hold_back is .*: must lie in"):
        named(name).run(hold_back=hold_back).fit(blobs(40, 0))


@pytest.mark.parametrize("name", NAMES)
def test_too_few_trusted_rows_and_other_columns_are_refused(name):
    with pytest.raises(InvalidInput, match="trusted is .*4 distinct rows of label 0"):
        screen(name).fit(blobs(8, 0))
    with pytest.raises(InvalidInput, match="offered is .*texts.*as the trusted ones, of 4 columns"):
        screen(name).fit(blobs(40, 0)).judge(inbox(4, 0))


@pytest.mark.parametrize("name", NAMES)
def test_rows_that_all_look_alike_are_accepted(name):
    """Single letters are no words: these mails differ, and their features do not."""
    alike = Batch(texts([f"hello {letter}" for letter in "abcdefghijklmnopqrst"]), np.arange(20) % 2)
    assert named(name).run().fit(alike).judge(alike).accepted.all()
