import numpy as np
import pytest
from scipy.stats import norm
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from amlsec.attacks import halves
from amlsec.attacks.membership.label_only import label_only, mixed
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.evaluation.membership import measure
from amlsec.shadow import Shadow
from amlsec.threat import Access
from oracles.memory import SPACE, asked, noise

LABELS = {"access": Access.LABELS}
ALONE = noise(1, 60).labelled(1)
"""Rows of one label, of which no shadow model can be trained."""


class Sign:
    """Malicious where the first column is above 0."""

    def predict(self, X):
        return (X[:, 0] > 0).astype(np.int64)


def test_one_query_is_the_gap_attack():
    rows = noise(0, 50)
    found, oracle = asked(label_only, Sign(), rows, ALONE, **LABELS)
    np.testing.assert_array_equal(found, (rows.X[:, 0] > 0) == rows.y)
    assert (oracle.spent == 1).all()


def test_with_shadow_rows_it_is_less_what_shadow_models_get_right():
    rows, own = noise(0, 50), noise(1, 60)
    found, _ = asked(label_only, Sign(), rows, own, GaussianNB(), **LABELS)
    pool = halves.own(Shadow(own, SPACE, GaussianNB()))
    rivals = [model for _, model in halves.models_of(pool, 4, np.random.default_rng(0))]
    right = [
        np.mean([model.predict(row[None])[0] == label for model in rivals])
        for row, label in zip(rows.X, rows.y, strict=True)
    ]
    np.testing.assert_allclose(found, ((rows.X[:, 0] > 0) == rows.y) - np.array(right))


def test_what_is_right_where_others_are_not_gives_members_away():
    """Labels hang on the first column; a member of the wrong label is right in the model's memory alone."""
    members, others, own = (_mostly_told(noise(seed, 600)) for seed in (0, 1, 2))
    model = KNeighborsClassifier(1).fit(members.X, members.y)
    shares = []
    for shadow, learner in ((ALONE, None), (own, KNeighborsClassifier(1)), (own, None)):
        found, _ = asked(label_only, model, members + others, shadow, learner, queries=16, **LABELS)
        shares.append(measure(found[:600], found[600:], rates=(0.05,)).at[0].found.value)
    assert shares[0] == 0
    assert min(shares[1:]) > 0.12


def _mostly_told(rows):
    right = np.random.default_rng(len(rows)).random(len(rows)) < 0.8
    return Batch(rows.X, np.where(right, rows.X[:, 0] > 0, rows.X[:, 0] <= 0).astype(np.int64))


@pytest.mark.parametrize(("queries", "spent"), [(2, 2), (5, 5), (16, 16), (1000, 16)])
def test_spends_a_query_on_each_copy_up_to_fifteen(queries, spent):
    _, oracle = asked(label_only, Sign(), noise(0, 20), ALONE, queries=queries, **LABELS)
    assert (oracle.spent == spent).all()


def test_on_pure_noise_one_nearest_neighbour_gives_members_away_by_half_of_the_others():
    """Members are always right, others half of the time: those that are right cannot be told from them."""
    members, others = noise(0, 1000), noise(1, 1000)
    model = KNeighborsClassifier(1).fit(members.X, members.y)
    found, _ = asked(label_only, model, members + others, ALONE, **LABELS)
    judged = measure(found[:1000], found[1000:], rates=(0.4, 0.55))
    assert judged.at[0].found.value == 0
    assert judged.at[1].found.value == 1


def test_copies_keep_their_verdict_as_often_as_they_are_spared():
    """A copy turns where one of the donor's eight words comes into it."""

    class Never:
        def predict(self, X):
            return np.array([int("bad" not in text) for text in X])

    rows = Batch(texts(["good"] * 600), np.ones(600, dtype=np.int64))
    donors = Batch(texts(["bad " * 8] * 5), np.zeros(5, dtype=np.int64))
    found, _ = asked(label_only, Never(), rows, donors, queries=31, copies=30, **LABELS)
    spared = (1 - np.geomspace(0.02, 0.5, 30)) ** 8
    assert found.mean() == pytest.approx(1 + spared.mean(), abs=0.02)


def test_in_a_mix_each_column_is_the_donors_with_its_chance():
    found = mixed(np.zeros((4000, 3)), np.ones((4000, 3)), 0.3, np.random.default_rng(0))
    np.testing.assert_allclose(found.mean(axis=0), 0.3, atol=0.03)


def test_in_a_mix_of_texts_each_word_goes_and_comes_with_its_chance():
    found = mixed(texts(["a b c d"] * 1000), texts(["x y"] * 1000), 0.3, np.random.default_rng(0))
    words = " ".join(found).split()
    assert sum(word in "abcd" for word in words) / 4000 == pytest.approx(0.7, abs=0.03)
    assert sum(word in "xy" for word in words) / 2000 == pytest.approx(0.3, abs=0.04)


def test_the_farther_from_another_verdict_the_surer():
    """Copies by other rows' second column turn a row where that is below minus its first one."""

    class Sum:
        def predict(self, X):
            return (X.sum(axis=1) > 0).astype(np.int64)

    first = np.repeat([0.5, 2.0, 4.0], 300)
    rows = Batch(np.column_stack([first, np.zeros(900)]), np.ones(900, dtype=np.int64))
    donors = Batch(
        np.column_stack([np.full(500, 9.0), np.random.default_rng(0).normal(0, 2, 500)]), np.zeros(500, dtype=int)
    )
    found, _ = asked(label_only, Sum(), rows, donors, queries=31, copies=30, **LABELS)
    chance = np.geomspace(0.02, 0.5, 30).mean()
    for size in (0.5, 2.0, 4.0):
        turned = chance * norm.cdf(-size / 2) * (1 - chance)
        assert 2 - found[first == size].mean() == pytest.approx(turned, abs=0.02)


def test_without_shadow_rows_those_asked_about_are_mixed():
    found, oracle = asked(label_only, Sign(), noise(0, 50), noise(1, 0), queries=5, **LABELS)
    assert (oracle.spent == 5).all()
    assert np.ptp(found) > 1


def test_texts_have_shadow_models_too():
    mails = Batch(texts([f"word{k} word{k * k % 97}" for k in range(120)]), np.arange(120) // 3 % 2)

    class Never:
        def predict(self, X):
            return np.zeros(len(X), dtype=np.int64)

    found, oracle = asked(label_only, Never(), mails.rows(slice(40)), mails.rows(slice(40, 120)), queries=4, **LABELS)
    assert (oracle.spent == 4).all()
    assert found.std() > 0


def test_too_few_models_are_named():
    with pytest.raises(InvalidInput, match="models"):
        asked(label_only, Sign(), noise(0, 5), noise(1, 5), models=1, **LABELS)


def test_negative_copies_are_named():
    with pytest.raises(InvalidInput, match="copies"):
        asked(label_only, Sign(), noise(0, 5), noise(1, 5), copies=-1, **LABELS)
