from base64 import b64encode

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.data import texts
from amlsec.defenses.learners.equivalence_classes import EquivalenceClasses
from amlsec.errors import InvalidInput
from amlsec.space.mail import MailSpace
from amlsec.space.moves import Moves
from amlsec.space.text import TextSpace

SPACE = TextSpace([], swaps={"buy": ["get", "order"], "pills": ["tablets"]}, lookalikes=True)
MAILS = texts(["buy pills now", "order viagra", "agenda for lunch", "see you at ten"] * 15)
Y = np.array([1, 1, 0, 0] * 15)


def test_no_swap_of_the_space_changes_anything():
    """Every word of every mail by every alternative, and all of them at once."""
    model = EquivalenceClasses(space=SPACE).fit(MAILS, Y)
    for mail in MAILS[:4]:
        words = mail.split()
        tries = [
            " ".join([*words[:k], other, *words[k + 1 :]])
            for k in range(len(words))
            for other in SPACE.alternatives(words[k])
        ]
        tries.append(" ".join((SPACE.alternatives(word) or (word,))[-1] for word in words))
        assert (model.predict_proba(texts(tries)) == model.predict_proba(texts([mail]))).all()


def test_a_swap_in_a_coded_mail_changes_nothing_either():
    space = MailSpace([], swaps={"buy": ["get"]})
    coded = f"MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n{b64encode(b'buy pills now').decode()}\n"
    found = texts([f"Subject: {word}\n{coded if k % 2 else ''}\nsee you\n" for k in range(20) for word in ("hello", "ten")])
    model = EquivalenceClasses(space=space).fit(found, np.repeat(np.arange(20) % 2, 2))
    swapped = texts([space.rewriting(mail, Moves((("buy", "get"),), (), ()).reading()) for mail in found])
    assert space.cost(found, swapped).max() == 1
    assert (model.predict_proba(swapped) == model.predict_proba(found)).all()


def test_without_classes_it_is_the_classifier_itself():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 3)), np.arange(80) % 2
    known = LogisticRegression().fit(X, y)
    assert (EquivalenceClasses(estimator=LogisticRegression()).fit(X, y).predict_proba(X) == known.predict_proba(X)).all()


def test_columns_of_one_group_stand_for_one_another():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = np.zeros((200, 4))
    X[np.arange(200), rng.integers(0, 2, 200)] = y
    X[:, 2:] = rng.integers(0, 2, (200, 2))
    model = EquivalenceClasses(groups=[(0, 1)]).fit(X, y)
    swapped = X[:, [1, 0, 2, 3]]
    assert (model.predict_proba(swapped) == model.predict_proba(X)).all()
    assert model.score(X, y) == 1


@pytest.mark.parametrize("groups", [[(0, 0)], [(0, 1), (1, 2)], [(0, 7)], [(-1, 0)], [()]])
def test_bad_groups_are_named(groups):
    with pytest.raises(InvalidInput, match="groups is"):
        EquivalenceClasses(groups=groups).fit(np.zeros((4, 3)), np.array([0, 1, 0, 1]))
