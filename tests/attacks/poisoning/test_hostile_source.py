"""A hostile source does at least what its best recipe does."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from amlsec.attacks.poisoning.adversarial_flips import adversarial_flips
from amlsec.attacks.poisoning.hostile_source import hostile_source
from amlsec.attacks.poisoning.random_flips import random_flips
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.scene import Scene, contaminate
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace


def blobs(n: int, seed: int, gap: float = 2.5) -> Batch:
    y = np.repeat([0, 1], n)
    return Batch(np.random.default_rng(seed).normal(size=(2 * n, 2)) + gap * y[:, None], y)


def mails(n: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    ham, spam = [f"ham{i}" for i in range(30)], [f"spam{i}" for i in range(30)]
    rows = [" ".join(rng.choice(words, 6)) for words in [ham] * n + [spam] * n]
    return Batch(texts(rows), np.repeat([0, 1], n))


def let_through(scene: Scene, poison, test: Batch) -> float:
    train = scene.known + scene.own
    after = contaminate(train, np.arange(len(scene.known), len(train)), poison)
    return float((scene.learner.fit(after.X, after.y).predict(test.labelled(MALICIOUS).X) == BENIGN).mean())


@pytest.mark.parametrize("neighbours", [9, 13, 30])
def test_a_learner_that_cannot_judge_after_so_few_rows_is_no_reason_to_fail(neighbours) -> None:
    rows = blobs(7, 0)
    scene = Scene(rows.rows([0, 7]), 40, infer(rows.X, ["a", "b"]), rows, KNeighborsClassifier(neighbours))
    assert len(hostile_source(scene, budget=PoisonBudget(0.05), rng=np.random.default_rng(0))) == 2


@pytest.mark.parametrize("learner", [LogisticRegression(), KNeighborsClassifier(3)], ids=["logistic", "neighbours"])
def test_hardly_weaker_than_the_flips_it_rehearses_and_stronger_than_chance(learner) -> None:
    """A rehearsal on a few dozen rows errs at times, hence 5 points."""
    harms = {attack: [] for attack in (hostile_source, adversarial_flips, random_flips)}
    for seed in range(5):
        rows, test = blobs(80, seed), blobs(200, 50 + seed)
        own = np.concatenate([np.arange(20), np.arange(150, 160)])
        scene = Scene(rows.rows(own), len(rows), infer(rows.X, ["a", "b"]), rows.drop(own), learner)
        for attack, found in harms.items():
            poison = attack(scene, budget=PoisonBudget(30 / 160), rng=np.random.default_rng(seed))
            found.append(let_through(scene, poison, test))
    assert np.mean(harms[hostile_source]) >= np.mean(harms[adversarial_flips]) - 0.05
    assert np.mean(harms[hostile_source]) > np.mean(harms[random_flips])


def test_texts_of_a_source_that_holds_half_the_training_rows() -> None:
    rows, test = mails(60, 0), mails(60, 1)
    own = np.arange(0, 120, 2)
    learner = make_pipeline(CountVectorizer(), MultinomialNB())
    scene = Scene(rows.rows(own), 120, TextSpace(["ham1", "ham2"]), rows.drop(own), learner)
    poison = hostile_source(scene, budget=PoisonBudget(0.5), rng=np.random.default_rng(0))
    assert let_through(scene, poison, test) > 0.3
    honest = hostile_source(scene, budget=PoisonBudget(0.0), rng=np.random.default_rng(0))
    assert let_through(scene, honest, test) == 0.0


def test_knowing_nothing_he_falls_back_on_adversarial_flips() -> None:
    rows = blobs(10, 0)
    scene = Scene(rows, 20, infer(rows.X, ["a", "b"]))
    budget = PoisonBudget(0.25)
    mine = hostile_source(scene, budget=budget, rng=np.random.default_rng(3))
    assert (rows.y[mine.edited] == MALICIOUS).all()
    assert len(mine) == 5
