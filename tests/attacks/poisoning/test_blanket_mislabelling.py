"""Blanket mislabelling: every row of his lies, and half of the rows lying hide the rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from amlsec.attacks.poisoning.blanket_mislabelling import blanket_mislabelling
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.scene import Scene, contaminate
from amlsec.space.tabular import infer


def scene_of(n, others):
    X = np.arange(float(n))[:, None]
    return Scene(Batch(X, np.arange(n) % 2), n + others, infer(np.array([[0.0], [99.0]]), ["x"]))


@given(st.integers(0, 40), st.integers(1, 60), st.floats(0, 0.9), st.integers(0, 99))
def test_as_many_of_his_rows_lie_as_he_may(n, others, share, seed):
    scene, budget = scene_of(n, others), PoisonBudget(share)
    poison = blanket_mislabelling(scene, budget=budget, rng=np.random.default_rng(seed))
    assert len(poison.added) == 0
    assert len(poison.edited) == len(set(poison.edited.tolist())) == min(budget.rows(of=n + others), n)
    assert (scene.own.X[poison.edited] == poison.edits.X).all()
    assert (poison.edits.y == 1 - scene.own.y[poison.edited]).all()


def test_where_half_lies_about_the_same_rows_a_rule_says_nothing():
    """Each row stands there once with its label and once with the other: the optimum of a logistic regression is 0."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    honest = Batch(X, (X[:, 0] > 0).astype(np.int64))
    scene = Scene(honest, 100, infer(X, ["a", "b", "c"]))
    lies = blanket_mislabelling(scene, budget=PoisonBudget(0.5), rng=rng)
    after = contaminate(honest + honest, np.arange(50), lies)
    model = LogisticRegression(tol=1e-10).fit(after.X, after.y)
    assert np.abs([*model.coef_[0], model.intercept_[0]]).max() == pytest.approx(0, abs=1e-6)


def test_its_card():
    card = named("blanket-mislabelling")
    assert (card.code, str(card.cell)) == ("AML-P27", "causative privacy indiscriminate")
    assert not card.turns_verdicts
