"""Pseudospam: what the mails hold, and that it opens the filter to one campaign and little else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import BernoulliNB, MultinomialNB
from sklearn.pipeline import make_pipeline

from amlsec.attacks.poisoning.pseudospam import pseudospam
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.errors import InvalidInput
from amlsec.frame import poison as run
from amlsec.scene import Scene, contaminate
from amlsec.space.text import TextSpace
from mails_and_blobs import inbox


def mails(written, label):
    return Batch(texts(written), np.full(len(written), label))


def attack(own, share=0.1, seed=0, total=100, **options):
    scene = Scene(own, total, TextSpace([]))
    return pseudospam(scene, budget=PoisonBudget(share), rng=np.random.default_rng(seed), **options)


HAMS, CAMPAIGN = [f"agenda item{k}" for k in range(3)], ["cheap pills pills a1", "cheap pills b2"]
OWN = mails(HAMS, 0) + mails(CAMPAIGN, 1)
WORDS = {"cheap", "pills", "a1", "b2"}


@given(st.floats(0, 0.5), st.integers(0, 20), st.sampled_from([(0.01, 1), (0.5, 2), (0.75, 3), (1.0, 4)]))
def test_every_mail_is_a_ham_and_a_share_of_the_words_of_the_campaign(share, seed, held):
    added = attack(OWN, share, seed, held=held[0]).added
    assert len(added) == int(np.floor(share * 100 + 1e-9))
    assert (added.y == 0).all()
    for words in (text.split() for text in added.X):
        assert " ".join(words[:2]) in HAMS
        assert len(words[2:]) == len(set(words[2:])) == held[1]
        assert set(words[2:]) <= WORDS


def test_every_word_stands_in_the_share_of_the_mails():
    added = attack(OWN, 0.9, total=2000, held=0.5).added
    shares = [np.mean([word in text.split() for text in added.X]) for word in sorted(WORDS)]
    np.testing.assert_allclose(shares, 0.5, atol=4 * np.sqrt(0.25 / 1800))


def test_a_word_of_the_campaign_is_as_frequent_in_ham_as_the_counts_say():
    """Bernoulli naive Bayes: none of 50 ham holds "cheap"; after 20 mails 20 of 70 do, (20 + 1) / (70 + 2)."""
    train = mails([f"lunch note{k}" for k in range(50)], 0) + mails(["cheap pills"] * 50, 1)
    own = np.arange(80, 100)
    model = make_pipeline(CountVectorizer(binary=True), BernoulliNB())
    rows = contaminate(train, own, attack(train.rows(own), 0.2, held=1.0))
    model.fit(rows.X, rows.y)
    likelihood = np.exp(model[1].feature_log_prob_[:, model[0].vocabulary_["cheap"]])
    assert likelihood == pytest.approx([21 / 72, 31 / 32])


@pytest.mark.parametrize("learner", [SpamBayes(threshold=0.15), make_pipeline(CountVectorizer(), MultinomialNB())])
def test_the_campaign_gets_through_and_other_spam_hardly_more(learner):
    rng = np.random.default_rng(0)
    sold = [f"watch{k}" for k in range(12)]

    def campaign(n):
        return mails([" ".join(rng.choice(sold, 8)) for _ in range(n)], 1)

    others, later = inbox(360, seed=1), inbox(200, seed=2).labelled(1)
    own = inbox(20, seed=3).labelled(0) + campaign(20)
    train, mine = others + own, 360 + np.arange(30)
    clean = learner.fit(train.X, train.y)
    before = [(clean.predict(spam.X) == 0).mean() for spam in (campaign(100), later)]
    rows = contaminate(train, mine, attack(own, 0.075, total=len(train)))
    hit = learner.fit(rows.X, rows.y)
    after = [(hit.predict(spam.X) == 0).mean() for spam in (campaign(100), later)]
    assert before[0] == 0
    assert after[0] > 0.9
    assert after[1] <= before[1] + 0.05


def test_few_mails_are_alike():
    own = mails(["see you at lunch"], 0) + mails(["cheap pills for a better life now"], 1)
    assert len(set(attack(own, 0.1).added.X)) >= 9


def test_without_ham_of_his_own_the_words_go_bare_and_without_a_campaign_nothing_goes():
    assert set(attack(mails(["cheap"], 1)).added.X) == {"cheap"}
    assert len(attack(mails([" "], 1))) == 0
    assert len(attack(mails(["lunch"], 0))) == 0


def test_no_budget_no_mail():
    assert len(attack(OWN, 0.0)) == 0


def test_the_seed_decides():
    assert (attack(OWN, seed=2).added.X == attack(OWN, seed=2).added.X).all()
    assert (attack(OWN, seed=2).added.X != attack(OWN, seed=3).added.X).any()


@pytest.mark.parametrize("held", [0.0, 1.1, np.nan])
def test_a_share_is_asked_for(held):
    with pytest.raises(InvalidInput, match=r"held is .*: must lie in \(0, 1\]"):
        attack(OWN, held=held)


def test_its_card_and_the_frame_accept_it():
    card = named("pseudospam")
    assert (card.code, str(card.cell)) == ("AML-P06", "causative integrity indiscriminate")
    scene = Scene(OWN, 100, TextSpace([]))
    assert len(run(card, scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))) == 10
