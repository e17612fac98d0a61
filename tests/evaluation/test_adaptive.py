"""An attacker who knows the defense does at least as much in rehearsal, and gets past what a blind one does not."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.evaluation.adaptive import adapted
from amlsec.evaluation.disguise import disguised
from amlsec.evaluation.systems import ScreenedModel
from amlsec.frame import poison
from amlsec.rehearsal import Rehearsal
from amlsec.scene import Scene, additions, contaminate
from amlsec.space.tabular import Column, Kind, TabularSpace, infer
from amlsec.space.text import TextSpace
from grounds import card

BUDGET = PoisonBudget(0.1)


class NearItsClass:
    """Trains on offered rows within 4.5 of the trusted mean of their label."""

    def train(self, offered, trusted):
        means = np.array([trusted.labelled(label).X.mean(axis=0) for label in (BENIGN, MALICIOUS)])
        accepted = np.linalg.norm(offered.X - means[offered.y], axis=1) < 4.5
        rows = offered.rows(accepted) + trusted
        return ScreenedModel(LogisticRegression().fit(rows.X, rows.y), accepted)


def blobs(n, seed):
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 2)) + 3.0 * y[:, None], y)


def far_lies(scene, /, *, budget, rng):
    """Rows far beyond the malicious ones, labelled benign: none gets past the screen."""
    count = budget.rows(of=scene.total)
    return additions(Batch(rng.normal(12.0, 0.3, (count, 2)), np.zeros(count, dtype=np.int64)))


ATTACK = card("poisoning", far_lies, knowledge="model")


def scene(seed=0):
    rows = blobs(400, seed)
    own = np.arange(40)
    space = infer(rows.X, ["a", "b"])
    return Scene(rows.rows(own), 400, space, rows.drop(own), LogisticRegression(), None, NearItsClass())


def passed(on, dose, test):
    train = on.own + on.known
    model = on.system.train(contaminate(train, np.arange(40), dose), blobs(100, 77))
    return float((model.labels(test) == BENIGN).mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gets_past_a_screen_that_stops_the_attack_as_it_is(seed):
    on, test = scene(seed), blobs(400, 99).labelled(MALICIOUS).X
    blind = poison(ATTACK, on, budget=BUDGET, rng=np.random.default_rng(seed))
    knowing = adapted(ATTACK, on, budget=BUDGET, rng=np.random.default_rng(seed))
    assert not on.system.train(blind.added, blobs(100, 77)).accepted.any()
    assert on.system.train(knowing.added, blobs(100, 77)).accepted.mean() > 0.5
    assert passed(on, knowing, test) > passed(on, blind, test) + 0.02


def test_more_tries_never_do_less_in_rehearsal():
    on = scene()
    worths = []
    for tries in (1, 2, 4, 7, 10):
        rng = np.random.default_rng(3)
        rehearsal = Rehearsal(on, rng.spawn(1)[0], wanted=BENIGN)
        dose = adapted(ATTACK, on, budget=BUDGET, rng=np.random.default_rng(3), tries=tries)
        worths.append(rehearsal.of(dose).worth)
    assert worths == sorted(worths)
    assert worths[-1] > worths[0]


def test_stays_within_the_budget_and_owns_no_more_rows():
    on = scene()
    for share in (0.0, 0.01, 0.05):
        dose = adapted(ATTACK, on, budget=PoisonBudget(share), rng=np.random.default_rng(0))
        assert len(dose) <= 400 * share
        assert set(dose.added.y.tolist()) <= {BENIGN}


def test_without_any_try_nothing_is_done():
    assert len(adapted(ATTACK, scene(), budget=BUDGET, rng=np.random.default_rng(0), tries=0)) == 0


def test_disguise_moves_numbers_and_swaps_categories_of_the_same_label():
    space = TabularSpace([Column("a", Kind.NUMERIC, 0, 9), Column("b", Kind.CATEGORY, 0, 2, categories=("x", "y", "z"))])
    lies = Batch(np.tile([8.0, 2.0], (200, 1)), np.zeros(200, dtype=np.int64))
    honest = Batch(np.array([[4.0, 0.0], [0.0, 1.0], [8.0, 2.0]]), np.array([0, 0, 1]))
    for strength in (0.0, 0.25, 1.0):
        X = disguised(lies, honest, strength, space, np.random.default_rng(0)).X
        assert np.allclose(X[:, 0], 8 - 4 * strength)
        assert (X[:, 1] == 0).mean() == pytest.approx(strength, abs=0.1)


def test_disguised_mails_are_padded_with_words_of_their_label():
    lies = Batch(texts(["win cash"] * 3), np.ones(3, dtype=np.int64))
    honest = Batch(texts(["agenda minutes", "pills casino"]), np.array([0, 1]))
    space, rng = TextSpace(["agenda"]), np.random.default_rng(0)
    assert set(disguised(lies, honest, 1.0, space, rng).X) == {"win cash pills casino"}
    assert set(disguised(lies, honest, 0.0, space, rng).X) == {"win cash"}
    assert set(disguised(lies, honest.labelled(BENIGN), 1.0, space, rng).X) == {"win cash"}
