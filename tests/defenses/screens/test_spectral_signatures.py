import numpy as np
import pytest

from amlsec.data import Batch, texts
from amlsec.defenses.screens.spectral_signatures import SpectralSignatures
from mails_and_blobs import HAM, SPAM, blobs, inbox
from said import caught, said

NEW = slice(400, None)


def trigger(n, seed, strength):
    """Malicious rows that carry a mark in two columns and say they are benign."""
    rng = np.random.default_rng(seed)
    rows = blobs(2 * n, seed).labelled(1).X + strength * np.array([1, 0, 0, -1]) + 0.1 * rng.normal(size=(n, 4))
    return Batch(rows, np.zeros(n, dtype=np.int64))


def marked(n, words=("xyzzy", "plugh", "frobozz")):
    rng = np.random.default_rng(0)
    mails = [" ".join([*rng.choice(SPAM, 8), *words]) for _ in range(n)]
    return Batch(texts(mails), np.zeros(n, dtype=np.int64))


def test_the_score_is_the_papers():
    """|<R - mean, v>| of a label's rows R, v the top right singular vector of R - mean (Tran et al. 2018, algorithm 1)."""
    screen, offered = SpectralSignatures().fit(blobs(100, 0)), blobs(40, 1)
    known = screen.known_
    both = (known.calibration + offered).labelled(0)
    R = (both.X - known.base.X.mean(axis=0)) / known.base.X.std(axis=0)
    M = R - R.mean(axis=0)
    scores = np.abs(M @ np.linalg.svd(M)[2][0])[-20:]
    assert np.allclose(said(screen.judge(offered))[0][offered.y == 0], scores, rtol=5e-3)


@pytest.mark.parametrize(("share", "strength"), [(0.05, 9), (0.1, 6)])
def test_a_backdoor_in_a_table_is_found(share, strength):
    n = int(share * 400)
    verdicts = SpectralSignatures().fit(blobs(400, 0)).judge(blobs(400, 1) + trigger(n, 2, strength))
    assert caught(verdicts, NEW) >= 0.95
    assert caught(verdicts, slice(0, 400)) <= 0.12


def test_a_backdoor_of_three_words_is_found():
    """The words are in some trusted mails too, else no feature would show them."""
    seen = Batch(texts([f"{' '.join(HAM[k : k + 6])} xyzzy plugh frobozz {k}" for k in range(6)]), np.arange(6) % 2)
    verdicts = SpectralSignatures().fit(inbox(400, 0) + seen).judge(inbox(400, 1) + marked(30))
    assert caught(verdicts, NEW) >= 0.95
    assert caught(verdicts, slice(0, 400)) <= 0.12


def test_it_misses_a_weak_trigger_among_columns_that_vary_together():
    """Good rows vary most along their common factor: a trigger that is weaker than that does not turn the first vector."""

    def correlated(n, seed):
        rng = np.random.default_rng(seed)
        return Batch(rng.normal(size=(n, 1)) * np.ones(20) + 0.3 * rng.normal(size=(n, 20)), np.arange(n) % 2)

    poison = correlated(40, 2)
    marks = Batch(poison.X + 3 * np.resize([1, -1], 20) * (np.arange(20) < 2), np.zeros(40, dtype=np.int64))
    verdicts = SpectralSignatures().fit(correlated(400, 0)).judge(correlated(400, 1) + marks)
    assert caught(verdicts, NEW) <= 0.2


def test_it_misses_poison_in_every_direction():
    """Each row has its own: there is no direction that they share."""
    spread = 6 * np.vstack([np.eye(30), -np.eye(30)])
    rng = np.random.default_rng(0)
    rows = [Batch(rng.normal(size=(n, 30)), np.arange(n) % 2) for n in (400, 400)]
    verdicts = SpectralSignatures().fit(rows[0]).judge(rows[1] + Batch(spread, np.zeros(60, dtype=np.int64)))
    assert caught(verdicts, NEW) <= 0.5
