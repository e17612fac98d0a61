import numpy as np
import pytest
from sklearn.base import clone

from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.errors import InvalidInput
from amlsec.impact.leet08 import leet08
from enron import enron, needs_enron

HAM, SPAM = [f"ham{k}" for k in range(150)], [f"spam{k}" for k in range(150)]


def inbox(n: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(texts([" ".join(rng.choice((HAM, SPAM)[c], 6)) + f" nr{k}" for k, c in enumerate(y)]), y)


def naive(pool: Batch, offered: Batch, seed: int) -> list[float]:
    """Five inboxes of 20, five quizzes of 50: how many ham fewer are called ham."""
    filter, rng, losses = SpamBayes(threshold=0.15), np.random.default_rng(seed), []
    _, first = np.unique(pool.content(), return_index=True)
    for _ in range(5):
        halves = [rng.permutation(first[pool.y[first] == c]) for c in (0, 1)]
        base = pool.rows(np.concatenate([half[:10] for half in halves]))
        ham = pool.rows(halves[0][10:35])
        called = [(clone(filter).fit(rows.X, rows.y).verdicts(ham.X) == 0).sum() for rows in [base]]
        for k in range(len(offered)):
            more = base + offered.rows([k])
            called.append((clone(filter).fit(more.X, more.y).verdicts(ham.X) == 0).sum())
        losses.append(called[0] - np.array(called[1:]))
    return list(np.mean(losses, axis=0))


def test_it_counts_what_the_paper_counts() -> None:
    pool = inbox(120, 0)
    offered = Batch(texts([" ".join(HAM), " ".join(SPAM)]), np.array([1, 1]))
    measured = leet08(SpamBayes(threshold=0.15), pool, offered, np.random.default_rng(7))
    np.testing.assert_allclose(measured, naive(pool, offered, 7))
    assert measured[0] > 5 > 0 >= measured[1]


def test_a_pool_too_small_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 35"):
        leet08(SpamBayes(), inbox(60, 0), inbox(2, 1), np.random.default_rng(0))


@pytest.mark.data
@needs_enron
def test_on_enron_a_dictionary_mail_costs_half_the_ham_and_real_spam_next_to_none() -> None:
    import wordfreq

    everything = enron(1600)
    pool, spam = everything.rows(slice(0, 1400)), everything.rows(slice(1400, 1600)).labelled(1)
    dictionary = Batch(texts([" ".join(wordfreq.top_n_list("en", 90_000))]), np.array([1]))
    losses = [
        leet08(SpamBayes(threshold=0.15), pool, dictionary + spam.rows(slice(0, 60)), np.random.default_rng(seed))
        for seed in range(8)
    ]
    assert 10 <= np.mean([loss[0] for loss in losses]) <= 17
    assert np.mean([loss[1:].mean() for loss in losses]) <= 2
