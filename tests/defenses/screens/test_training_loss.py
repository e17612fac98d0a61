import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.svm import LinearSVC

from amlsec.data import Batch
from amlsec.defenses.screens.training_loss import TrainingLoss
from amlsec.errors import InvalidInput
from mails_and_blobs import blobs, flipped, inbox
from said import caught, said

ALL = slice(None)


def test_the_loss_is_that_of_scikit_learn():
    screen, offered = TrainingLoss(estimator=LogisticRegression()).fit(blobs(100, 0)), blobs(40, 1)
    base = screen.known_.base
    chances = LogisticRegression().fit(base.X, base.y).predict_proba(offered.X)
    losses = [log_loss([y], [p], labels=[0, 1]) for y, p in zip(offered.y, chances, strict=True)]
    assert np.allclose(said(screen.judge(offered))[0], losses, rtol=5e-3, atol=1e-6)


@pytest.mark.parametrize("rows", [blobs, inbox])
def test_flipped_labels_are_found(rows):
    verdicts = TrainingLoss().fit(rows(400, 0)).judge(flipped(rows(300, 1), 30))
    assert caught(verdicts, slice(0, 30)) >= 0.95
    assert caught(verdicts, slice(30, None)) <= 0.08


def test_a_classifier_without_probabilities_is_asked_for_its_margin():
    verdicts = TrainingLoss(estimator=LinearSVC()).fit(blobs(400, 0)).judge(flipped(blobs(300, 1), 30))
    assert caught(verdicts, slice(0, 30)) >= 0.95


def crowd(n):
    """A tight cluster among the malicious rows, and off them in one column, that says it is benign."""
    X = [2, 2, 2, 9] + 0.05 * np.random.default_rng(0).normal(size=(n, 4))
    return Batch(X, np.zeros(n, dtype=np.int64))


@pytest.mark.parametrize(("with_offered", "share"), [(False, 1.0), (True, 0.0)])
def test_a_model_of_all_rows_is_taught_by_the_poison_it_is_to_find(with_offered, share):
    verdicts = TrainingLoss(with_offered=with_offered).fit(blobs(400, 0)).judge(blobs(400, 1) + crowd(60))
    assert caught(verdicts, slice(400, None)) == share
    assert ("all rows" in verdicts.reason[0]) == with_offered


def test_it_misses_rows_that_the_model_is_right_about():
    lever = Batch(np.tile([[-60.0, -2.0, -2.0, -2.0]], (30, 1)), np.zeros(30, dtype=np.int64))
    assert caught(TrainingLoss().fit(blobs(400, 0)).judge(lever), ALL) == 0


def test_what_is_no_classifier_is_refused():
    with pytest.raises(InvalidInput, match="estimator is .*must have the method"):
        TrainingLoss(estimator="logistic").fit(blobs(40, 0))
