import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from amlsec.data import Batch, texts
from amlsec.defenses.screens.micro_models import MicroModels, sliced
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision

NOBODY = Batch(np.zeros((0, 1)), np.zeros(0, dtype=np.int64))


def rows(n=400, seed=0, dated=True):
    """Two Gaussians six apart, a row a minute."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    time = np.arange(n).astype("datetime64[m]") if dated else None
    return Batch(rng.normal(6.0 * y - 3)[:, None], y, time=time)


def lying(batch, where):
    return batch.relabelled(np.where(where, 1 - batch.y, batch.y))


def judge(batch, **settings):
    return MicroModels(estimator=LogisticRegression(), **settings).fit(NOBODY).judge(batch)


def test_the_score_is_the_share_of_other_slices_models_that_say_the_other_label():
    batch = lying(rows(60), np.arange(60) % 7 == 0)
    found = judge(batch, slices=6)
    votes = []
    for part in np.split(np.arange(60), 6):
        says = LogisticRegression().fit(batch.X[part], batch.y[part]).predict(batch.X)
        votes.append(np.where(np.isin(np.arange(60), part), np.nan, says != batch.y))
    known = np.nanmean(votes, axis=0)
    np.testing.assert_allclose(found.score, known)
    np.testing.assert_array_equal(found.decision, np.where(known > 0.5, Decision.QUARANTINE, Decision.ACCEPT))
    assert found.reason[0] == f"{known[0] * 5:.0f} of 5 models of other slices say the other label"


def test_an_attack_of_two_slices_in_ten_is_outvoted():
    lie = (np.arange(400) >= 120) & (np.arange(400) < 200)
    found = judge(lying(rows(), lie), slices=10)
    assert found.accepted[lie].mean() < 0.05
    assert found.accepted[~lie].mean() > 0.95


def test_an_attack_that_lasts_is_not():
    lie = np.random.default_rng(1).random(400) < 0.6
    assert judge(lying(rows(), lie), slices=10).accepted[lie].mean() > 0.5


def test_without_times_copies_go_to_one_slice_and_are_outvoted():
    honest = rows(300, dated=False)
    copies = Batch(np.full((60, 1), 3.0), np.zeros(60, dtype=np.int64))
    found = judge(honest + copies, slices=10)
    assert not found.accepted[300:].any()
    assert found.accepted[:300].mean() > 0.95


def test_slices_are_even_and_follow_time_or_content():
    batch = rows(103)
    order = np.random.default_rng(0).permutation(103)
    found = sliced(batch.rows(order), 5, np.random.default_rng(0))
    assert (np.diff(found[np.argsort(order)]) >= 0).all()
    assert np.bincount(found).tolist() == [21, 21, 20, 21, 20]
    undated = Batch(np.arange(100.0)[:, None] // 2, np.zeros(100, dtype=np.int64))
    dealt = sliced(undated, 5, np.random.default_rng(0))
    assert (dealt[::2] == dealt[1::2]).all()
    assert (np.bincount(dealt) == 20).all()
    assert (dealt != sliced(undated, 5, np.random.default_rng(1))).any()


def test_texts_and_times_unknown():
    mails = [f"meeting agenda {i}" for i in range(40)] + [f"cheap pills {i}" for i in range(40)]
    batch = Batch(texts(mails), np.repeat([0, 1], 40), time=np.full(80, np.datetime64("NaT", "us")))
    found = MicroModels().fit(NOBODY).judge(lying(batch, np.arange(80) < 4))
    assert np.flatnonzero(~found.accepted).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("batch", [rows(29), rows(100).labelled(1), rows(0)])
def test_where_nobody_can_vote_all_are_accepted_and_it_says_so(batch):
    found = judge(batch)
    assert found.accepted.all()
    assert all(reason == "there are too few other slices of both labels to vote" for reason in found.reason)


def test_an_estimator_that_refuses_a_slice_has_no_vote():
    class Picky(LogisticRegression):
        def fit(self, X, y):
            if y[0] == 1:
                raise ValueError("not these")
            return super().fit(X, y)

    found = MicroModels(estimator=Picky(), slices=10).fit(NOBODY).judge(rows(100))
    voters = {int(reason.split()[2]) for reason in found.reason}
    assert max(voters) < 9
    assert found.accepted.mean() > 0.95


def test_an_estimator_that_refuses_every_slice_says_why():
    with pytest.raises(ValueError, match="The 'C' parameter of LogisticRegression must be"):
        MicroModels(estimator=LogisticRegression(C=-1.0)).fit(NOBODY).judge(rows(100))
    with pytest.raises(InvalidInput, match="estimator is 'LogisticRegression': is a class"):
        MicroModels(estimator=LogisticRegression).fit(NOBODY)
    assert MicroModels().fit(NOBODY).judge(rows(100).labelled(1)).accepted.all()


def test_trusted_rows_play_no_role():
    batch = lying(rows(), np.arange(400) < 40)
    screen = MicroModels(estimator=KNeighborsClassifier(3))
    known = clone(screen).fit(NOBODY).judge(batch)
    assert (clone(screen).fit(rows(50, 9)).judge(batch).score == known.score).all()


@pytest.mark.parametrize("wrong", [{"slices": 2}, {"fewest": 1}, {"limit": 1.0}, {"limit": -0.1}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        judge(rows(), **wrong)
