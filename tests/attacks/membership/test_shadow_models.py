import numpy as np
import pytest
from scipy.stats import norm
from sklearn.naive_bayes import GaussianNB

from amlsec.attacks.membership.shadow_models import shadow_models
from amlsec.errors import InvalidInput
from amlsec.evaluation.membership import measure
from oracles.memory import GAIN, SPREAD, Remembers, asked, noise


def test_the_attack_model_learns_the_log_odds_of_two_normals():
    """Members' log-odds are normal about GAIN, others' about 0: log-odds of membership GAIN (s - GAIN / 2) / SPREAD^2."""
    members, others = noise(0, 2000), noise(1, 2000)
    victim, rows = Remembers(hardness=0.0, random_state=99).fit(members.X, members.y), members + others
    found, _ = asked(shadow_models, victim, rows, noise(2, 1000), Remembers(hardness=0.0))
    own_label = victim.decision_function(rows.X) * np.where(rows.y == 1, 1, -1)
    usual = np.abs(own_label - GAIN / 2) < 1.5
    truth = GAIN * (own_label - GAIN / 2) / SPREAD**2
    np.testing.assert_allclose(found[usual], truth[usual], atol=0.4)
    share = measure(found[:2000], found[2000:], rates=(0.05,)).at[0].found.value
    assert share == pytest.approx(norm.sf(norm.isf(0.05) - GAIN / SPREAD), abs=0.06)


def test_models_that_say_the_same_of_all_rows_teach_nothing():
    class Even:
        classes_ = np.array([0, 1])

        def get_params(self, deep=True):
            return {}

        def set_params(self, **_):
            return self

        def fit(self, _X, _y):
            return self

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    assert (asked(shadow_models, Even(), noise(0, 20), noise(1, 20), Even())[0] == 0).all()


def test_asks_once_for_each_row():
    rows = noise(0, 20)
    _, oracle = asked(shadow_models, GaussianNB().fit(rows.X, rows.y), rows, noise(1, 30), GaussianNB(), queries=7)
    assert (oracle.spent == 1).all()


def test_too_few_models_are_named():
    with pytest.raises(InvalidInput, match="models"):
        asked(shadow_models, GaussianNB().fit(noise(0, 9).X, noise(0, 9).y), noise(0, 9), noise(1, 9), models=0)
