"""Random flips flip exactly as many labels as granted, and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amlsec.attacks.poisoning.random_flips import random_flips
from amlsec.budget import PoisonBudget
from amlsec.data import Batch
from amlsec.scene import Scene, contaminate
from amlsec.space.tabular import infer


def scene_of(n: int, total: int) -> Scene:
    X = np.arange(float(n))[:, None]
    return Scene(Batch(X, np.arange(n) % 2), total, infer(X, ["x"]))


@given(st.integers(1, 30), st.integers(0, 30), st.floats(0, 0.9), st.integers(0, 99))
def test_exactly_as_many_labels_differ_as_granted(n: int, others: int, share: float, seed: int) -> None:
    scene, budget = scene_of(n, n + others), PoisonBudget(share)
    poison = random_flips(scene, budget=budget, rng=np.random.default_rng(seed))
    after = contaminate(scene.own, np.arange(n), poison)
    back = np.argsort(after.X[:, 0])
    assert (after.X[back] == scene.own.X).all()
    assert (after.y[back] != scene.own.y).sum() == min(budget.rows(of=n + others), n)


def test_every_row_is_as_likely_to_be_flipped() -> None:
    scene, hits = scene_of(10, 20), np.zeros(10)
    for seed in range(400):
        hits[random_flips(scene, budget=PoisonBudget(0.25), rng=np.random.default_rng(seed)).edited] += 1
    assert hits.sum() == 2000
    assert np.abs(hits - 200).max() < 4.5 * np.sqrt(400 * 0.25)
