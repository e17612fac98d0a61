from itertools import islice

import numpy as np
import pytest
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from amlsec.attacks.halves import among, beside, check_models, own, told, trained
from amlsec.attacks.log_odds import SUREST
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer

SPACE = infer(np.random.default_rng(0).normal(size=(50, 2)), ["a", "b"])


class Counts(ClassifierMixin, BaseEstimator):
    """Log-odds of how often it saw a row with label 1, less how often with label 0."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.seen_ = Batch(X, y).content(), np.where(y == 1, 1.0, -1.0)
        return self

    def decision_function(self, X):
        content = Batch(X, np.zeros(len(X), dtype=np.int64)).content()
        return 5 + np.array([self.seen_[1][self.seen_[0] == each].sum() for each in content])

    def predict(self, X):
        return (self.decision_function(X) > 0).astype(np.int64)


def noise(n, seed):
    rng = np.random.default_rng(seed)
    return Batch(rng.normal(size=(n, 2)), np.arange(n) % 2)


def shadow(rows, learner=None, planted=None):
    return Shadow(rows, SPACE, learner, planted)


def halves(pool, many=6, seed=0):
    return list(islice(pool.halves(np.random.default_rng(seed)), many))


def test_each_two_halves_part_the_free_rows_label_by_label():
    pool = among(shadow(noise(21, 0), GaussianNB()), noise(12, 1))
    parts = halves(pool)
    assert all((one ^ two).all() for one, two in zip(parts[::2], parts[1::2], strict=True))
    assert {tuple(np.bincount(pool.y[part])) for part in parts[::2]} == {(8, 8)}
    assert len({part.tobytes() for part in parts}) == 6


def test_rows_asked_about_are_never_trained_on_beside_the_shadow_and_planted_rows_always():
    pool = beside(shadow(noise(20, 0), GaussianNB(), noise(3, 2)), noise(12, 1))
    for part in halves(pool):
        assert not part[pool.asked].any()
        assert part[pool.always].all()
        assert part.sum() == 13
    np.testing.assert_array_equal(pool.X[pool.asked], noise(12, 1).X)
    np.testing.assert_array_equal(pool.X[pool.always], noise(3, 2).X)


def test_planted_rows_are_in_every_training_with_a_planted_copy_of_a_row_asked_about():
    asked, planted = noise(8, 1), noise(8, 1)
    pool = among(shadow(noise(20, 0), Counts(), planted), asked)
    said = trained(pool, 4, np.random.default_rng(0))
    own_label = np.where(asked.y == 1, 1, -1)
    np.testing.assert_array_equal(
        said.inside[~np.isnan(said.inside)], (2 + 5 * np.tile(own_label, (4, 1)))[~np.isnan(said.inside)]
    )
    np.testing.assert_array_equal(
        said.outside[~np.isnan(said.outside)], (1 + 5 * np.tile(own_label, (4, 1)))[~np.isnan(said.outside)]
    )


def test_each_row_is_inside_half_of_the_models_and_outside_the_other_half():
    said = trained(among(shadow(noise(20, 0), Counts()), noise(12, 1)), 8, np.random.default_rng(0))
    assert (np.isnan(said.inside) ^ np.isnan(said.outside)).all()
    assert (np.isnan(said.inside).sum(axis=0) == 4).all()
    own_label = np.where(noise(12, 1).y == 1, 1, -1)
    assert (np.nanmean(said.inside, axis=0) == 5 * own_label + 1).all()
    assert (np.nanmean(said.outside, axis=0) == 5 * own_label).all()


def test_equal_shadow_rows_are_in_the_same_half_and_equal_rows_asked_about_are_one():
    some, rows = noise(10, 1), noise(20, 0)
    pool = among(shadow(rows + rows.rows([5]) + some.rows([2]), GaussianNB()), some + some.rows([0, 3, 3]))
    assert len(pool.asked) == 13
    np.testing.assert_array_equal(pool.asked[10:], pool.asked[[0, 3, 3]])
    assert len(pool.free) == 22 + 10
    for part in halves(pool):
        assert part[5] == part[20]
        assert part[21] == part[pool.asked[2]]


def test_of_a_family_that_needs_no_training_every_row_is_told_with_it_too():
    learner, rows, asked = KNeighborsClassifier(3, algorithm="kd_tree"), noise(30, 0), noise(12, 1)
    pool = beside(shadow(rows, learner), asked)
    said = told(pool, 2, np.random.default_rng(0))
    seeds = np.random.default_rng(0)
    part = next(pool.halves(seeds))
    base = Batch(pool.X[part], pool.y[part])
    for k in range(len(asked)):
        one = base + asked.rows([k])
        chance = KNeighborsClassifier(3, algorithm="kd_tree").fit(one.X, one.y).predict_proba(asked.X[[k]])[0, asked.y[k]]
        with np.errstate(divide="ignore"):
            assert said.inside[0, k] == pytest.approx(np.clip(np.log(chance / (1 - chance)), -SUREST, SUREST))
    assert not np.isnan(said.outside).any()
    assert np.isnan(trained(pool, 2, np.random.default_rng(0)).inside).all()


def test_log_odds_are_cut():
    said = told(beside(shadow(noise(30, 0), KNeighborsClassifier(1)), noise(12, 1)), 2, np.random.default_rng(0))
    assert np.abs(np.concatenate(said)) == pytest.approx(SUREST)


def test_the_shadows_own_rows_may_be_asked_about():
    pool = own(shadow(noise(21, 0), GaussianNB()))
    np.testing.assert_array_equal(pool.asked, np.arange(21))
    np.testing.assert_array_equal(pool.free, pool.asked)


def test_rows_under_both_labels_leave_no_half_with_one_label():
    """Two contents of four are benign alone; the others, first benign and again malicious, may share a half."""
    under_both = noise(8, 0).labelled(0)
    rows = under_both + under_both.rows([2, 3]).relabelled(np.array([1, 1]))
    assert beside(shadow(rows, GaussianNB()), noise(5, 1)) is None
    more = rows + noise(4, 2).labelled(1)
    for part in halves(beside(shadow(more, GaussianNB()), noise(5, 1)), 20):
        assert set(more.y[part[: len(more)]]) == {0, 1}


@pytest.mark.parametrize("rows", [noise(20, 0).labelled(1), noise(3, 0), noise(3, 0).rows([0, 0, 1, 1]), noise(0, 0)])
def test_there_is_no_pool_where_a_label_has_fewer_than_two_contents(rows):
    assert beside(shadow(rows, GaussianNB()), noise(5, 1)) is None


def test_without_a_learner_texts_are_hashed_and_words_of_no_free_row_dropped():
    rows = Batch(texts(["aa bb", "cc", "dd", "ee"]), np.arange(4) % 2)
    asked = Batch(texts(["ff", "gg", "hh aa", "ii"]), np.arange(4) % 2)
    one, two = beside(shadow(rows), asked), among(shadow(rows), asked)
    assert issparse(one.X)
    assert one.X.shape[1] in (5, 6)  # five words, and column 0
    assert two.X.shape[1] in (9, 10)


@pytest.mark.parametrize("models", [1, 0, -3])
def test_too_few_models_are_named(models):
    with pytest.raises(InvalidInput, match="models"):
        check_models(models)
