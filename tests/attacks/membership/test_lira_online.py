import numpy as np
import pytest
from scipy.stats import norm, spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB, MultinomialNB

from amlsec.attacks import halves
from amlsec.attacks.likelihood_ratio import likelier
from amlsec.attacks.membership.lira import lira
from amlsec.attacks.membership.lira_online import lira_online
from amlsec.data import Batch, texts
from amlsec.errors import InvalidInput
from amlsec.evaluation.membership import measure
from amlsec.oracle import Classifier
from amlsec.shadow import Shadow
from oracles.memory import GAIN, SPACE, SPREAD, Remembers, asked, noise


def test_finds_the_share_of_members_that_the_best_test_of_two_normals_finds():
    """Both means of K / 2 models are off by 2 / K of the variance, and the middle between them by 1 / K."""
    members, others = noise(0, 3000), noise(1, 3000)
    victim = Remembers(random_state=99).fit(members.X, members.y)
    found, _ = asked(lira_online, victim, members + others, noise(2, 40), Remembers(), models=40)
    judged = measure(found[:3000], found[3000:], rates=(0.1, 0.01))
    for at in judged.at:
        truth = norm.sf(norm.isf(at.allowed) - GAIN / SPREAD / np.sqrt(1 + 1 / 40))
        assert at.found.value == pytest.approx(truth, abs=0.05)


def test_needs_no_shadow_rows():
    members, others = noise(0, 500), noise(1, 500)
    victim = Remembers(random_state=99).fit(members.X, members.y)
    found, _ = asked(lira_online, victim, members + others, noise(2, 0), Remembers())
    assert measure(found[:500], found[500:], rates=(0.1,)).at[0].found.value > 0.5


def test_a_guess_is_the_likelihood_ratio_of_what_models_on_halves_of_all_rows_say():
    members, others, own = noise(0, 100), noise(1, 100), noise(2, 50)
    victim, rows = GaussianNB().fit(members.X, members.y), members + others
    told = halves.told(halves.among(Shadow(own, SPACE, GaussianNB()), rows), 4, np.random.default_rng(0))
    p = Classifier(victim).scores(rows.X)
    seen = np.where(rows.y == 1, 1, -1) * np.log(p / (1 - p))
    found, _ = asked(lira_online, victim, rows, own, GaussianNB(), models=4)
    np.testing.assert_allclose(found, likelier(seen, told), rtol=1e-6)


def test_four_models_that_tell_of_each_row_with_it_find_more_than_four_and_nearly_as_much_as_sixteen_trainings():
    class Trained(MultinomialNB):
        """Not known to tell without training."""

    def share(learner, models, seed):
        rng = np.random.default_rng(seed)
        rows = Batch(rng.poisson(0.1, (3300, 200)).astype(float), rng.integers(0, 2, 3300))
        victim = MultinomialNB().fit(rows.X[:300], rows.y[:300])
        found, _ = asked(lira_online, victim, rows, rows.rows([]), learner, models=models)
        return measure(found[:300], found[300:], rates=(0.05,)).at[0].found.value

    told, four, sixteen = (
        np.mean([share(learner, many, seed) for seed in range(6)])
        for learner, many in ((MultinomialNB(), 4), (Trained(), 4), (Trained(), 16))
    )
    assert told > 1.1 * four > 1.1 * 0.08
    assert told > 0.9 * sixteen


def test_finds_more_than_offline_where_the_shadow_is_small():
    members, others, own = noise(0, 400), noise(1, 400), noise(2, 40)
    victim = LogisticRegression(C=1e3).fit(_wide(members), members.y)
    rows, shadow = (Batch(_wide(part), part.y) for part in (members + others, own))
    shares = [
        measure(guess[:400], guess[400:], rates=(0.05,)).at[0].found.value
        for attack in (lira, lira_online)
        for guess in [asked(attack, victim, rows, shadow, LogisticRegression(C=1e3))[0]]
    ]
    assert shares[1] > shares[0]


def _wide(rows):
    """Each row's own noise in 60 columns."""
    rng = np.random.default_rng(int(1e6 * abs(rows.X[0, 0])))
    return np.column_stack([rows.X, rng.normal(size=(len(rows), 60))])


def test_asks_once_for_each_row():
    rows = noise(0, 25)
    _, oracle = asked(lira_online, LogisticRegression().fit(rows.X, rows.y), rows, noise(1, 30), queries=9)
    assert (oracle.spent == 1).all()


def test_texts_go_in_as_they_are():
    words = np.random.default_rng(0).choice(list("abcdefgh"), size=(40, 4))
    rows = Batch(texts([" ".join(f"word{w}" for w in line) for line in words]), np.arange(40) % 2)

    class Even:
        classes_ = (0, 1)

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    assert asked(lira_online, Even(), rows, rows.rows([]))[0].std() > 0


def test_of_one_label_alone_rows_stand_in_the_order_of_their_loss():
    rows = noise(0, 50)
    victim = LogisticRegression().fit(rows.X, rows.y)
    ones = rows.labelled(1)
    chance = victim.predict_proba(ones.X)[:, 1]
    assert spearmanr(asked(lira_online, victim, ones, noise(1, 0))[0], chance).statistic == pytest.approx(1)


@pytest.mark.parametrize("models", [-1, 0, 1])
def test_too_few_models_are_named(models):
    with pytest.raises(InvalidInput, match="models"):
        asked(lira_online, GaussianNB().fit(noise(0, 9).X, noise(0, 9).y), noise(0, 3), noise(1, 9), models=models)
