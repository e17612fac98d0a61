import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from amlsec.data import Batch, texts
from amlsec.defenses.screens import confident_learning
from amlsec.defenses.screens.confident_learning import ConfidentLearning
from amlsec.defenses.screens.label_consistency import LabelConsistency
from amlsec.errors import InvalidInput
from mails_and_blobs import SPAM, blobs, flipped, inbox
from said import caught, said

NEW = slice(400, None)


def without_cleanlab(name):
    return None


def test_where_cleanlab_is_missing_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(confident_learning, "find_spec", without_cleanlab)
    with pytest.raises(InvalidInput, match=r"cleanlab is 'not installed': .*pip install 'amlsec\[cleanlab\]'"):
        ConfidentLearning().fit(blobs(40, 0))


@pytest.mark.parametrize("rows", [blobs, inbox])
def test_mistakes_are_found(rows):
    verdicts = ConfidentLearning().fit(rows(400, 0)).judge(flipped(rows(300, 1), 30))
    assert caught(verdicts, slice(0, 30)) >= 0.9
    assert caught(verdicts, slice(30, None)) <= 0.05


def test_those_held_back_are_those_cleanlab_counts_by_out_of_fold_probabilities():
    """Rows that no fold has seen: the probability of a far flip is that of a model of the others."""
    from cleanlab.filter import find_label_issues

    screen, offered = ConfidentLearning(estimator=LogisticRegression()).fit(blobs(200, 0)), flipped(blobs(100, 1), 10)
    rows = screen.known_.calibration + offered
    chances = screen._chances(rows)
    counted = find_label_issues(rows.y, chances, n_jobs=1)[-100:]
    verdicts = screen.judge(offered)
    values = said(verdicts)[0]
    assert (values > 0).sum() == pytest.approx(counted.sum(), abs=2)  # its folds are of the rows in another order
    assert values[values > 0] == pytest.approx(chances[-100:][np.arange(100), 1 - offered.y][values > 0], abs=0.1)
    assert np.median(values[values > 0]) > 0.9
    alone = LogisticRegression().fit((screen.known_.base + rows).X, (screen.known_.base + rows).y).predict_proba(rows.X)
    assert np.abs(chances - alone).max() < 0.2
    assert not np.allclose(chances, alone, atol=1e-4)


def test_a_classifier_without_probabilities_will_do():
    verdicts = ConfidentLearning(estimator=LinearSVC()).fit(blobs(400, 0)).judge(flipped(blobs(300, 1), 30))
    assert caught(verdicts, slice(0, 30)) >= 0.9


def table_cluster():
    X = [2, 2, 2, 8] + 0.05 * np.random.default_rng(0).normal(size=(60, 4))
    return blobs(400, 0), blobs(400, 1), Batch(X, np.zeros(60, dtype=np.int64))


def mail_cluster():
    mails = [" ".join([*SPAM[:6], *[f"new{k}" for k in range(6)], f"id{j}"]) for j in range(60)]
    return inbox(400, 0), inbox(400, 1), Batch(texts(mails), np.zeros(60, dtype=np.int64))


@pytest.mark.parametrize("rows", [table_cluster, mail_cluster])
def test_it_misses_all_of_a_tight_cluster_that_agrees_with_itself(rows):
    """60 near-equal rows under one wrong label, of which trusted neighbours find every one."""
    trusted, good, cluster = rows()
    assert caught(ConfidentLearning().fit(trusted).judge(good + cluster), NEW) == 0
    assert caught(LabelConsistency().fit(trusted).judge(good + cluster), NEW) == 1
