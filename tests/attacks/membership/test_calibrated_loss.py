import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB

from amlsec.attacks.membership.calibrated_loss import calibrated_loss
from amlsec.errors import InvalidInput
from amlsec.evaluation.membership import measure
from oracles.memory import GAIN, SPREAD, Remembers, asked, noise


class Fixed:
    """Says these chances of malice, whatever it is trained on."""

    classes_ = np.array([0, 1])

    def __init__(self, chance):
        self.chance = chance

    def get_params(self, deep=True):
        return {"chance": self.chance}

    def set_params(self, **_):
        return self

    def fit(self, _X, _y):
        return self

    def predict_proba(self, X):
        column = np.full(len(X), self.chance) if np.ndim(self.chance) == 0 else self.chance
        return np.column_stack([1 - column, column])


def test_a_guess_is_what_the_row_costs_other_models_less_what_it_costs_this_one():
    rows, chance = noise(0, 40), np.random.default_rng(3).uniform(0.05, 0.95, 40)
    found, _ = asked(calibrated_loss, Fixed(chance), rows, noise(1, 20), Fixed(0.3))
    naive = [
        log_loss([label], [[0.7, 0.3]], labels=[0, 1]) - log_loss([label], [[1 - p, p]], labels=[0, 1])
        for label, p in zip(rows.y, chance, strict=True)
    ]
    np.testing.assert_allclose(found, naive)


def test_finds_members_among_rows_that_differ_in_how_hard_they_are():
    """Less than the best test: log-odds far from 0 differ little in loss. But far more than at random."""
    members, others = noise(0, 1500), noise(1, 1500)
    victim = Remembers(random_state=99).fit(members.X, members.y)
    found, _ = asked(calibrated_loss, victim, members + others, noise(2, 40), Remembers(), models=16)
    share = measure(found[:1500], found[1500:], rates=(0.05,)).at[0].found.value
    best = norm.sf(norm.isf(0.05) - GAIN / SPREAD / np.sqrt(1 + 1 / 16))
    assert 0.15 < share < best


def test_asks_once_for_each_row_and_without_shadow_rows_gives_minus_the_loss():
    rows = noise(0, 30)
    victim = GaussianNB().fit(rows.X, rows.y)
    found, oracle = asked(calibrated_loss, victim, rows, noise(1, 0), queries=5)
    assert (oracle.spent == 1).all()
    chance = victim.predict_proba(rows.X)[np.arange(30), rows.y]
    np.testing.assert_allclose(found, np.log(chance))


def test_too_few_models_are_named():
    with pytest.raises(InvalidInput, match="models"):
        asked(calibrated_loss, Fixed(0.5), noise(0, 3), noise(1, 9), models=1)
