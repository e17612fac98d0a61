import numpy as np
import pytest

from amlsec.data import texts
from amlsec.defenses.fingerprints import HASHES, TableFingerprint, TextFingerprint, shared


@pytest.fixture(scope="module")
def table():
    X = np.random.default_rng(0).normal(size=(500, 20))
    return X, TableFingerprint(X, np.random.default_rng(1))


def test_a_hash_is_shared_where_its_four_columns_fall_into_the_same_steps(table):
    X, fingerprint = table
    one, two = X[0], X[0].copy()
    two[:10] += 5.0
    same = [not set(picked) & set(range(10)) for picked in fingerprint._picked]
    assert (fingerprint(one[None])[0] == fingerprint(two[None])[0]).tolist() == same


def test_rows_that_share_half_of_their_columns_share_a_sixteenth_of_their_hashes():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 200))
    counts = []
    for seed in range(30):
        fingerprint = TableFingerprint(X, np.random.default_rng(seed))
        other = np.where(rng.random(200) < 0.5, X[0] + 5.0, X[0])
        counts.append(shared(fingerprint(X[:1])[0], fingerprint(other[None]))[0] / HASHES)
    assert np.mean(counts) == pytest.approx(1 / 16, abs=0.03)


def test_columns_that_never_differ_are_not_drawn():
    X = np.zeros((100, 8))
    X[:, 3] = np.arange(100)
    assert set(TableFingerprint(X, np.random.default_rng(0))._picked.ravel()) == {3}


def test_secrets_make_other_hashes(table):
    X, fingerprint = table
    other = TableFingerprint(X, np.random.default_rng(2))
    assert (fingerprint(X) == other(X)).mean() < 0.01


@pytest.mark.parametrize("value", [0.0, 1e300, -1e300, 1e-300])
def test_any_finite_number_has_a_hash(value):
    X = np.random.default_rng(0).normal(size=(50, 3))
    fingerprint = TableFingerprint(np.zeros((5, 3)), np.random.default_rng(0))
    assert fingerprint(np.full((1, 3), value)).shape == (1, HASHES)
    assert TableFingerprint(X, np.random.default_rng(0))(np.full((1, 3), value)).shape == (1, HASHES)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_rows_of_any_size_are_alike_as_rows_of_size_one_are(table, scale):
    X, fingerprint = table
    scaled = TableFingerprint(X * scale, np.random.default_rng(1))
    assert (scaled(X * scale) == fingerprint(X)).mean() > 0.99
    assert scaled(np.full((1, 20), 1.7e308)).shape == (1, HASHES)


def test_texts_share_as_many_hashes_as_pairs_of_words():
    """Over 40 secrets, the mean is the Jaccard index of the sets of pairs."""
    one, two = "a b c d e f g h", "a b c d e x y z"
    pairs = [set(zip(text.split(), [*text.split()[1:], ""], strict=True)) for text in (one, two)]
    jaccard = len(pairs[0] & pairs[1]) / len(pairs[0] | pairs[1])
    means = []
    for seed in range(40):
        prints = TextFingerprint(np.random.default_rng(seed))(texts([one, two]))
        means.append((prints[0] == prints[1]).mean())
    assert np.mean(means) == pytest.approx(jaccard, abs=0.04)


def test_no_text_and_empty_texts_have_hashes():
    fingerprint = TextFingerprint(np.random.default_rng(0))
    assert fingerprint(texts([])).shape == (0, HASHES)
    assert fingerprint(texts(["", "\ud800"])).shape == (2, HASHES)
