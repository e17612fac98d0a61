"""The optimal dictionary: which words it holds, and that a filter is left with no token that speaks for ham."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.attacks.poisoning.dictionary import dictionary
from amlsec.attacks.poisoning.optimal_dictionary import optimal_dictionary
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import HAM, SpamBayes
from amlsec.errors import InvalidInput
from amlsec.frame import poison as run
from amlsec.scene import Scene
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace
from amlsec.threat import Knowledge
from grounds import mails

LISTED = [f"ham{k}" for k in range(20)]
SENT = st.lists(st.text("ab \n", max_size=12), min_size=1, max_size=5)


def batch(written, label=0):
    return Batch(texts(written), np.full(len(written), label))


def scene(own, known=None, total=100):
    return Scene(own, total, TextSpace(LISTED), known=known)


def attack(on, share=0.02, seed=0):
    return optimal_dictionary(on, budget=PoisonBudget(share), rng=np.random.default_rng(seed)).added


@given(SENT, SENT)
def test_every_mail_holds_every_word_seen_once(seen, own):
    added = attack(scene(batch(own, 1), batch(seen)))
    words = {word for mail in seen + own for word in mail.split()}
    assert len(added) == (2 if words else 0)
    assert all(sorted(mail.split()) == sorted(words) for mail in added.X)
    assert (added.y == 1).all()


def test_without_having_seen_others_mails_his_own_words_are_all():
    assert set(attack(scene(batch(["win cash"], 1))).X[0].split()) == {"win", "cash"}


def test_mails_differ_in_order_and_the_seed_decides():
    on = scene(batch(["one two three four five six seven"], 1))
    assert len(set(attack(on, 0.2).X)) == 20
    assert (attack(on, seed=3).X == attack(on, seed=3).X).all()
    assert (attack(on, seed=3).X != attack(on, seed=4).X).any()


def test_no_token_speaks_for_ham_any_more_once_the_attack_is_most_of_the_spam():
    """A token in h of H ham and in s of S spam has the share (s/S) / (s/S + h/H) of spam; poison adds m to s and S."""
    rows = mails(200, seed=1)
    ham, spam = rows.labelled(0), rows.labelled(1)
    poison = attack(scene(spam.rows(np.arange(0)), rows, total=400), share=0.5)
    both = rows + poison
    model = SpamBayes().fit(both.X, both.y)
    counts = np.array([[sum(word in text.split() for text in part.X) for part in (ham, spam)] for word in ("ham3", "the7")])
    share = (counts[:, 1] + 200) / (len(spam) + 200)
    expected = share / (share + counts[:, 0] / len(ham))
    seen = counts.sum(axis=1) + 200
    columns = [model.vocabulary_[word] for word in ("ham3", "the7")]
    np.testing.assert_allclose(model.probabilities_[columns], (0.225 + seen * expected) / (0.45 + seen), rtol=1e-9)
    assert (model.probabilities_ > 0.5).all()
    assert (model.verdicts(ham.X) != HAM).all()


def test_it_costs_more_ham_than_a_dictionary_that_lacks_words():
    rows, later = mails(400, seed=2), mails(200, seed=3).labelled(0)

    def lost(poison):
        both = rows + poison
        return (SpamBayes().fit(both.X, both.y).verdicts(later.X) != HAM).mean()

    on, budget = scene(rows.rows(np.arange(0)), rows, total=400), PoisonBudget(0.05)
    listed = dictionary(on, budget=budget, rng=np.random.default_rng(0)).added
    assert lost(rows.rows(np.arange(0))) < lost(listed) < lost(attack(on, 0.05))


def test_no_budget_no_mail():
    assert len(attack(scene(batch(["win"], 1)), share=0.0)) == 0


def test_a_table_has_no_words():
    table = Batch(np.eye(2), np.array([0, 1]))
    with pytest.raises(InvalidInput, match="space is 'tabular': must be a TextSpace"):
        attack(Scene(table, 10, infer(table.X, ["a", "b"])))


def test_its_card_and_the_frame_accept_it():
    card = named("optimal-dictionary")
    assert (card.code, str(card.cell)) == ("AML-P07", "causative availability indiscriminate")
    assert card.knowledge == Knowledge.DATA
    on = scene(batch(["win cash"], 1), batch(["lunch"]))
    assert len(run(card, on, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))) == 10
