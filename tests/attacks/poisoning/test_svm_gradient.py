"""Gradient poisoning in a scene: worse than flips of as many rows, aimed at the machine that is there."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import SVC

from amlsec.attacks.poisoning.random_flips import random_flips
from amlsec.attacks.poisoning.svm_gradient import _frozen, _machine, svm_gradient
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, Batch
from amlsec.scene import Poison, Scene, contaminate, nothing
from amlsec.space.tabular import infer


def blobs(n: int, seed: int) -> Batch:
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 10)) + 0.8 * y[:, None], y)


def scene_of(learner, seed: int = 0, own: int = 12) -> Scene:
    rows = blobs(120, seed)
    return Scene(rows.rows(slice(0, own)), 120, infer(rows.X, list("abcdefghij")), rows.rows(slice(own, 120)), learner)


def false_alarms(scene: Scene, poison: Poison, test: Batch) -> float:
    train = scene.known + scene.own
    after = contaminate(train, np.arange(len(scene.known), len(train)), poison)
    return float((scene.learner.fit(after.X, after.y).predict(test.labelled(BENIGN).X) != BENIGN).mean())


@pytest.mark.parametrize("learner", [SVC(kernel="linear"), make_pipeline(StandardScaler(), SVC(gamma=0.05))])
def test_alarms_on_more_benign_rows_than_random_flips(learner):
    gains = []
    for seed in range(2):
        scene, test = scene_of(learner, seed), blobs(600, 100 + seed)
        plans = [
            attack(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(seed))
            for attack in (svm_gradient, random_flips)
        ]
        worst, flips, clean = (false_alarms(scene, plan, test) for plan in (*plans, nothing(scene.own)))
        gains.append((worst - clean, worst - flips))
    assert np.mean(gains, axis=0).min() > 0.03


def test_what_he_adds_is_within_bounds_labelled_malicious_and_all_his_budget():
    scene = scene_of(SVC(kernel="linear"), own=40)
    poison = svm_gradient(scene, budget=PoisonBudget(0.3), rng=np.random.default_rng(0))
    low, high = (np.array([getattr(column, end) for column in scene.space.columns]) for end in ("low", "high"))
    assert len(poison.added) == 36
    assert poison.added.y.all()
    assert (np.clip(poison.added.X, low, high) == poison.added.X).all()
    assert len(np.unique(poison.added.X, axis=0)) >= 30


def test_a_pipeline_that_ends_in_a_machine_is_attacked_itself():
    steps, svm = _machine(make_pipeline(MinMaxScaler(), SVC(C=7)))
    assert [type(step).__name__ for _, step in steps.steps] == ["MinMaxScaler"]
    assert svm.C == 7
    assert _machine(SVC(C=5))[1].C == 5


@pytest.mark.parametrize(
    "learner", [None, RandomForestClassifier(), SVC(kernel="sigmoid"), make_pipeline(Normalizer(), SVC())]
)
def test_any_other_learner_is_attacked_through_a_linear_machine(learner):
    steps, svm = _machine(learner)
    assert isinstance(steps, StandardScaler)
    assert svm.kernel == "linear"


@pytest.mark.parametrize("gamma", ["scale", "auto", 0.3])
def test_a_frozen_machine_is_the_machine(gamma):
    rows = blobs(80, 0)
    one, two = (svm.fit(rows.X, rows.y) for svm in (SVC(gamma=gamma, C=2), _frozen(SVC(gamma=gamma, C=2), rows.X)))
    assert one.decision_function(rows.X) == pytest.approx(two.decision_function(rows.X))
    assert isinstance(two.gamma, float)


def test_one_class_leaves_rows_where_they_started():
    benign = blobs(40, 0).labelled(BENIGN)
    scene = Scene(benign.rows([0, 1]), 20, infer(benign.X, list("abcdefghij")), benign, SVC(kernel="linear"))
    poison = svm_gradient(scene, budget=PoisonBudget(0.05), rng=np.random.default_rng(0))
    assert {tuple(row) for row in poison.added.X} <= {tuple(row) for row in benign.X}
