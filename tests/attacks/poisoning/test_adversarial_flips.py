"""Adversarial flips against learners whose worst flips are known by brute force or by eye."""

from itertools import combinations

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline

from amlsec.attacks.poisoning.adversarial_flips import adversarial_flips
from amlsec.attacks.poisoning.random_flips import random_flips
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.scene import Scene, contaminate
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace


def blobs(n: int, gap: float, seed: int) -> Batch:
    y = np.repeat([0, 1], n)
    return Batch(np.random.default_rng(seed).normal(size=(2 * n, 2)) + gap * y[:, None], y)


def let_through(scene: Scene, poison, test: Batch) -> float:
    train = scene.known + scene.own
    own = np.arange(len(scene.known), len(train))
    after = contaminate(train, own, poison)
    return float((scene.learner.fit(after.X, after.y).predict(test.labelled(MALICIOUS).X) == BENIGN).mean())


def scene_of(rows: Batch, own: np.ndarray, learner) -> Scene:
    return Scene(rows.rows(own), len(rows), infer(rows.X, ["a", "b"]), rows.drop(own), learner)


def test_beats_random_flips_of_as_many_rows() -> None:
    harm = {adversarial_flips: [], random_flips: []}
    for seed in range(6):
        rows, test = blobs(60, 2.0, seed), blobs(200, 2.0, 100 + seed)
        scene = scene_of(rows, np.arange(30, 90), LogisticRegression())
        for attack, harms in harm.items():
            harms.append(let_through(scene, attack(scene, budget=PoisonBudget(0.2), rng=np.random.default_rng(seed)), test))
    assert np.mean(harm[adversarial_flips]) > np.mean(harm[random_flips]) + 0.2


def test_one_flip_is_the_worst_single_flip_of_naive_bayes() -> None:
    """With a Gaussian per class the furthest row moves the mean most: brute force over all single flips agrees."""
    rows = blobs(12, 3.0, 4)
    scene = scene_of(rows, np.arange(24), GaussianNB())
    scene = Scene(rows, 24, scene.space, None, GaussianNB())
    chosen = adversarial_flips(scene, budget=PoisonBudget(1 / 24), rng=np.random.default_rng(0)).edited
    passed = {i: flipped_harm(rows, (i,)) for i in np.flatnonzero(rows.y)}
    assert passed[int(chosen[0])] == max(passed.values())


def flipped_harm(rows: Batch, flips: tuple[int, ...]) -> float:
    y = rows.y.copy()
    y[list(flips)] = BENIGN
    return float((GaussianNB().fit(rows.X, y).predict(rows.labelled(MALICIOUS).X) == BENIGN).mean())


def test_two_flips_hurt_at_least_as_much_as_nine_of_ten_pairs() -> None:
    rows = blobs(10, 2.0, 3)
    scene = Scene(rows, 20, infer(rows.X, ["a", "b"]), None, GaussianNB())
    chosen = adversarial_flips(scene, budget=PoisonBudget(0.1), rng=np.random.default_rng(0)).edited
    harms = np.array([flipped_harm(rows, pair) for pair in combinations(np.flatnonzero(rows.y), 2)])
    assert (harms <= flipped_harm(rows, tuple(chosen))).mean() >= 0.9


def test_benign_rows_become_known_malicious_ones_where_he_has_too_few() -> None:
    rows = blobs(20, 3.0, 0)
    scene = scene_of(rows, np.arange(15, 21), LogisticRegression())
    poison = adversarial_flips(scene, budget=PoisonBudget(0.15), rng=np.random.default_rng(0))
    malicious = {tuple(row) for row in rows.labelled(MALICIOUS).X}
    assert sorted(poison.edited) == list(range(6))
    assert (poison.edits.y == BENIGN).all()
    assert all(tuple(row) in malicious for row in poison.edits.X)


def test_learner_unknown_or_refusing_leaves_flips_of_malicious_rows() -> None:
    rows = blobs(10, 3.0, 0)
    for learner in (None, make_pipeline(CountVectorizer(), MultinomialNB())):
        scene = Scene(rows, 20, infer(rows.X, ["a", "b"]), None, None if learner is None else Refusing())
        poison = adversarial_flips(scene, budget=PoisonBudget(0.25), rng=np.random.default_rng(0))
        assert len(poison) == 5
        assert (rows.y[poison.edited] == MALICIOUS).all()


class Refusing(LogisticRegression):
    def fit(self, X, y):
        raise ValueError("too few rows")


def test_texts_without_any_malicious_row_are_left_alone() -> None:
    own = Batch(texts(["agenda today", "minutes"]), np.zeros(2, dtype=np.int64))
    scene = Scene(own, 4, TextSpace(["meeting"]), None, make_pipeline(CountVectorizer(), MultinomialNB()))
    assert len(adversarial_flips(scene, budget=PoisonBudget(0.5), rng=np.random.default_rng(0))) == 0
