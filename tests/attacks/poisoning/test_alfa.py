"""ALFA in a scene: worse than random flips, of his own rows only, and honest where he knows nothing."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from amlsec.attacks.poisoning.alfa import alfa
from amlsec.attacks.poisoning.random_flips import random_flips
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, Batch
from amlsec.scene import Scene, contaminate
from amlsec.space.tabular import infer


def blobs(n: int, seed: int) -> Batch:
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 3)) + 1.5 * y[:, None], y)


def scene_of(learner, seed: int = 0, n: int = 120) -> Scene:
    rows = blobs(n, seed)
    return Scene(rows.rows(slice(0, n // 2)), n, infer(rows.X, ["a", "b", "c"]), rows.rows(slice(n // 2, n)), learner)


def false_alarms(scene: Scene, poison, test: Batch) -> float:
    train = scene.known + scene.own
    after = contaminate(train, np.arange(len(scene.known), len(train)), poison)
    return float((scene.learner.fit(after.X, after.y).predict(test.labelled(BENIGN).X) != BENIGN).mean())


@pytest.mark.parametrize("learner", [SVC(kernel="linear"), LogisticRegression()])
def test_alarms_on_more_benign_rows_than_random_flips(learner):
    harm = {alfa: [], random_flips: []}
    for seed in range(5):
        scene, test = scene_of(learner, seed), blobs(400, 100 + seed)
        for attack, harms in harm.items():
            poison = attack(scene, budget=PoisonBudget(0.2), rng=np.random.default_rng(seed))
            harms.append(false_alarms(scene, poison, test))
    assert np.mean(harm[alfa]) > np.mean(harm[random_flips]) + 0.05


def test_flips_turn_labels_and_nothing_else():
    scene = scene_of(SVC(kernel="linear"))
    poison = alfa(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))
    assert len(poison.edited) == 12
    assert (scene.own.X[poison.edited] == poison.edits.X).all()
    assert (poison.edits.y == 1 - scene.own.y[poison.edited]).all()


def test_what_he_has_not_seen_is_not_needed():
    scene = scene_of(SVC(kernel="linear"))
    alone = Scene(scene.own, 120, scene.space, None, scene.learner)
    assert len(alfa(alone, budget=PoisonBudget(0.1), rng=np.random.default_rng(0))) == 12


class Refusing(LogisticRegression):
    def fit(self, X, y):
        raise ValueError("too few rows")


@pytest.mark.parametrize("learner", [None, Refusing()])
def test_without_a_learner_that_can_be_trained_the_order_is_random(learner):
    scene = scene_of(learner)
    one, two = (alfa(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(seed)) for seed in (0, 1))
    assert len(one) == len(two) == 12
    assert set(one.edited) != set(two.edited)
