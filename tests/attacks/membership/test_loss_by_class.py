import numpy as np
import pytest
from scipy.stats import norm
from sklearn.base import BaseEstimator, ClassifierMixin

from amlsec.attacks.membership.loss_by_class import loss_by_class, share_below
from amlsec.attacks.membership.membership_by_loss import membership_by_loss
from amlsec.errors import InvalidInput
from amlsec.evaluation.membership import measure
from oracles.memory import Remembers, asked, noise

LIFT = 10.0


class Partial(ClassifierMixin, BaseEstimator):
    """Remembers its rows, and is surer of all that is malicious: a label of its own in the second column."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.inner_ = Remembers(hardness=0.0, random_state=self.random_state).fit(X, y)
        return self

    def decision_function(self, X):
        return self.inner_.decision_function(X) + LIFT * X[:, 1]

    def predict(self, X):
        return (self.decision_function(X) > 0).astype(int)


def told_apart(seed, n):
    rows = noise(seed, n)
    rows.X[:, 1] = rows.y
    return rows


def test_each_label_has_a_threshold_that_takes_the_same_share_of_its_unseen_rows():
    others, own = told_apart(1, 4000), told_apart(2, 600)
    victim = Partial(random_state=99).fit(*told_apart(0, 10)._parts[:2])
    found, _ = asked(loss_by_class, victim, others, own, Partial(), models=8)
    for label in (0, 1):
        for share in (0.5, 0.9, 0.97):
            assert (found[others.y == label] > share).mean() == pytest.approx(1 - share, abs=0.03)


def test_finds_more_than_one_threshold_where_labels_differ():
    members, others, own = (told_apart(seed, 2000) for seed in (0, 1, 2))
    victim = Partial(random_state=99).fit(members.X, members.y)
    shares = []
    for attack in (membership_by_loss, loss_by_class):
        found, _ = asked(attack, victim, members + others, own, Partial())
        shares.append(measure(found[:2000], found[2000:], rates=(0.05,)).at[0].found.value)
    best = norm.sf(norm.isf(0.05) - 2)
    assert shares[1] == pytest.approx(best, abs=0.06)
    assert shares[0] < 0.7 * shares[1]


def test_share_below_is_counted_and_ties_stand_in_the_order_of_their_height():
    rng = np.random.default_rng(0)
    seen, unseen = rng.normal(size=60), rng.normal(size=40)
    found = share_below(seen, unseen)
    below = np.array([(unseen < value).mean() for value in seen])
    assert ((found >= below) & (found < below + 1 / 40)).all()
    assert (np.argsort(found) == np.argsort(seen)).all()


def test_asks_once_for_each_row():
    rows = told_apart(0, 20)
    _, oracle = asked(loss_by_class, Partial().fit(rows.X, rows.y), rows, told_apart(1, 30), queries=7)
    assert (oracle.spent == 1).all()


def test_too_few_models_are_named():
    rows = told_apart(0, 20)
    with pytest.raises(InvalidInput, match="models"):
        asked(loss_by_class, Partial().fit(rows.X, rows.y), rows, rows, models=1)
