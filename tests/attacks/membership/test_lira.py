import numpy as np
import pytest
from scipy.stats import norm, spearmanr
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from amlsec.attacks import halves
from amlsec.attacks.likelihood_ratio import above, ratio
from amlsec.attacks.log_odds import SUREST, own_log_odds
from amlsec.attacks.membership.lira import lira
from amlsec.attacks.spreads import moderated, shared
from amlsec.budget import QueryBudget
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.evaluation.membership import measure
from amlsec.oracle import Classifier, Oracle
from amlsec.shadow import Shadow
from amlsec.threat import Access
from oracles.memory import GAIN, SPACE, SPREAD, Remembers, asked, noise


def guesses(model, rows, own, seed=0, learner=None, **how):
    return asked(lira, model, rows, own, learner, seed, **how)[0]


@pytest.fixture(autouse=True)
def _forget():
    Remembers.trained_on.clear()


def test_finds_the_share_of_members_that_the_best_test_of_two_normals_finds():
    """A member lies GAIN standard deviations above what its shadow models say. The mean of K of them is off by a K-th of the
    variance, so the share found at a false positive rate a is norm.sf(norm.isf(a) - GAIN / sqrt(1 + 1 / K))."""
    members, others = noise(0, 4000), noise(1, 4000)
    victim = Remembers(random_state=99).fit(members.X, members.y)
    found = guesses(victim, members + others, noise(2, 40), learner=Remembers(), models=20)
    judged = measure(found[:4000], found[4000:], rates=(0.1, 0.01))
    for at in judged.at:
        truth = norm.sf(norm.isf(at.allowed) - GAIN / SPREAD / np.sqrt(1 + 1 / 20))
        assert at.found.value == pytest.approx(truth, abs=0.05)


def test_finds_many_more_than_the_loss_where_rows_differ_in_how_hard_they_are():
    members, others = noise(0, 2000), noise(1, 2000)
    victim = Remembers(random_state=99).fit(members.X, members.y)
    rows, shadow = members + others, noise(2, 40)
    by_loss = own_log_odds(Classifier(victim).scores(rows.X), rows.y)
    by_lira = guesses(victim, rows, shadow, learner=Remembers())
    shares = [measure(each[:2000], each[2000:]).at[0].found.value for each in (by_loss, by_lira)]
    assert shares[1] > 5 * shares[0]


def test_shadow_models_that_agree_to_the_last_bit_give_finite_guesses():
    assert np.isfinite(above(np.array([1.0, -1.0]), np.zeros((3, 2)))).all()


def test_each_two_shadow_models_are_trained_on_the_two_halves_of_each_label_of_the_shadow_rows_alone():
    shadow, rows = noise(2, 41), noise(3, 10)
    victim = Remembers(random_state=99).fit(rows.X, rows.y)
    Remembers.trained_on.clear()
    guesses(victim, rows, shadow, learner=Remembers(), models=5)
    known = {tuple(row) for row in np.column_stack([shadow.X, shadow.y])}
    parts = [{tuple(row) for row in part} for part in Remembers.trained_on]
    assert len({frozenset(half) for half in parts}) == 5
    assert parts[0] | parts[1] == parts[2] | parts[3] == known
    assert not parts[0] & parts[1]
    wanted = (np.bincount(shadow.y) // 2).tolist()
    assert [np.bincount(part[:, -1].astype(int)).tolist() for part in Remembers.trained_on[::2]] == [wanted] * 3


def test_where_a_model_with_each_row_follows_without_training_a_guess_is_the_two_sided_ratio():
    members, others, own = noise(0, 200), noise(1, 200), noise(2, 200)
    learner = KNeighborsClassifier(5)
    victim, rows = learner.fit(members.X, members.y), members + others
    told = halves.told(halves.beside(Shadow(own, SPACE, learner), rows), 6, np.random.default_rng(0))
    seen = np.clip(_log_odds(victim, rows), -SUREST, SUREST)
    found = guesses(victim, rows, own, learner=learner, models=6)
    assert any(np.allclose(found, ratio(seen, told, estimate)) for estimate in (shared, moderated))


def test_planted_rows_are_in_every_shadow_model_and_so_prove_nothing():
    """He planted a copy of each row asked about, so that the model's sureness of it is what his shadow models say too."""
    members, own = noise(0, 300), noise(2, 40)
    victim = Remembers(random_state=99).fit(members.X, members.y)
    plain = guesses(victim, members, own, learner=Remembers(), models=20)
    planted = guesses(victim, members, own, learner=Remembers(), models=20, planted=members)
    assert plain.mean() == pytest.approx(GAIN / SPREAD, abs=0.2)
    assert planted.mean() == pytest.approx(0, abs=0.2)


def test_asks_once_for_each_row():
    rows, shadow = noise(0, 25), noise(1, 30)
    oracle = Oracle(Classifier(LogisticRegression().fit(rows.X, rows.y)), access=Access.SCORES, rows=25, queries=9)
    lira(oracle, rows, shadow=Shadow(shadow, SPACE), budget=QueryBudget(9), rng=np.random.default_rng(0))
    assert (oracle.spent == 1).all()


def test_logistic_regression_on_standardised_columns_is_the_learner_where_none_is_given():
    members, others, shadow = noise(0, 60), noise(1, 60), noise(2, 80)
    for part in (members, others, shadow):
        part.X[:, 1] *= 1000
    victim = RandomForestClassifier(20, random_state=0).fit(members.X, members.y)
    scaled = [Batch(StandardScaler().fit(shadow.X).transform(part.X), part.y) for part in (members + others, shadow)]
    plain = guesses(victim, members + others, shadow)
    seen = np.clip(_log_odds(victim, members + others), -np.log(1e12), np.log(1e12))
    z = guesses(_Fixed(seen, scaled[0].y), scaled[0], scaled[1], learner=LogisticRegression(max_iter=1000))
    np.testing.assert_allclose(plain, z, rtol=1e-6)


def test_texts_go_in_as_they_are():
    words = np.random.default_rng(0).choice(list("abcdefgh"), size=(80, 4))
    rows = Batch(texts([" ".join(f"word{w}" for w in line) for line in words]), np.arange(80) % 2)
    assert guesses(_Even(), rows.rows(slice(0, 40)), rows.rows(slice(40, 80))).std() > 0
    empty = Batch(texts(["", "!"]), np.array([0, 1]))
    assert np.isfinite(guesses(_Even(), empty, rows)).all()


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 0, 0, 1], []])
def test_where_no_shadow_model_can_be_trained_rows_stand_in_the_order_of_their_loss(labels):
    rows = noise(0, 50)
    victim = LogisticRegression().fit(rows.X, rows.y)
    shadow = Batch(np.random.default_rng(1).normal(size=(len(labels), 2)), np.array(labels, dtype=np.int64))
    losses = -np.log(victim.predict_proba(rows.X)[np.arange(50), rows.y])
    assert spearmanr(guesses(victim, rows, shadow), losses).statistic == pytest.approx(-1)


@pytest.mark.parametrize("models", [-1, 0, 1])
def test_too_few_models_are_named(models):
    with pytest.raises(InvalidInput, match="models"):
        guesses(_Even(), noise(0, 3), noise(1, 9), models=models)


def _log_odds(model, rows):
    p = np.clip(model.predict_proba(rows.X)[np.arange(len(rows)), rows.y], 1e-300, 1)
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log(1 - p)


class _Even:
    classes_ = (0, 1)

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


class _Fixed:
    """Says these log-odds of the rows' own labels."""

    def __init__(self, own, y):
        self.malice = np.where(y == 1, own, -own)

    def decision_function(self, _):
        return self.malice
