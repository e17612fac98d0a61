"""Slow drift: every row passes what is deployed, and over rounds the model lets more malice through."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from amlsec.attacks.poisoning.slow_drift import slow_drift
from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.evaluation.rounds import admit_agreed, played, retrained_on_all
from amlsec.oracle import fitted
from amlsec.scene import Scene
from amlsec.space.tabular import Column, Kind, TabularSpace

SPACE = TabularSpace([Column("a", Kind.NUMERIC, -20, 20), Column("b", Kind.NUMERIC, -20, 20)])


def rows(n: int, seed: int) -> Batch:
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(seed).normal(size=(n, 2)) + 5.0 * y[:, None], y)


def scene(**knows: object) -> Scene:
    return Scene(rows(20, 0), 100, SPACE, rows(80, 1), **knows)


class Limit(ClassifierMixin, BaseEstimator):
    """Stops rows whose first column exceeds a limit."""

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def predict(self, X):
        return (X[:, 0] > self.limit).astype(int)


def test_every_row_is_the_furthest_part_of_its_way_that_passes() -> None:
    """Where a limit on one column decides, all rows lie one part of a way below it at most."""
    line = TabularSpace([Column("a", Kind.NUMERIC, 0, 10)])
    known = Batch(np.array([[0.0], [10.0]] * 10), np.array([0, 1] * 10))
    on = Scene(known.rows([]), 20, line, known, deployed=Limit(4.3))
    poison = slow_drift(on, budget=PoisonBudget(0.5), rng=np.random.default_rng(0), steps=20)
    assert poison.added.X[:, 0] == pytest.approx(np.full(10, 4.0))
    assert (poison.added.y == BENIGN).all()


@pytest.mark.parametrize("learner", [LogisticRegression(), KNeighborsClassifier(3)])
def test_what_is_deployed_accepts_every_row(learner: object) -> None:
    known = rows(80, 1)
    deployed = learner.fit(known.X, known.y)
    poison = slow_drift(scene(deployed=deployed), budget=PoisonBudget(0.3), rng=np.random.default_rng(0))
    stopped = fitted(deployed).labels(poison.added.X) == MALICIOUS
    assert stopped.mean() <= fitted(deployed).labels(known.labelled(BENIGN).X).mean() + 0.05


def test_over_rounds_more_malice_passes_though_every_label_agrees_with_the_model() -> None:
    parts = [rows(100, seed) for seed in range(8)]
    game = {"learner": KNeighborsClassifier(5), "space": SPACE, "learn": retrained_on_all, "admit": admit_agreed}
    outcomes = {
        share: played(
            named("slow-drift"), parts, rows(400, 99), budget=PoisonBudget(share), rng=np.random.default_rng(0), **game
        )
        for share in (0.0, 0.3)
    }
    missed = [outcome.missed for outcome in outcomes[0.3]]
    assert outcomes[0.0][-1].missed <= 0.01
    assert missed[-1] > missed[0] + 0.03
    assert missed[-1] > 0.1
    assert max(outcome.rejected_poison for outcome in outcomes[0.3]) <= 0.05


def test_without_anything_deployed_the_learner_shows_how_far_to_go_and_without_one_it_is_one_part() -> None:
    budget = PoisonBudget(0.1)
    known, blind = (
        slow_drift(scene(learner=learner), budget=budget, rng=np.random.default_rng(0))
        for learner in (LogisticRegression(), None)
    )
    assert known.added.X.mean() > blind.added.X.mean() + 0.5


def test_one_class_leaves_no_way_to_go() -> None:
    on = Scene(rows(20, 0).labelled(MALICIOUS), 100, SPACE, learner=LogisticRegression())
    assert not len(slow_drift(on, budget=PoisonBudget(0.1), rng=np.random.default_rng(0)))


def test_less_than_one_step_is_refused() -> None:
    with pytest.raises(InvalidInput, match="steps is 0: must be at least 1"):
        slow_drift(scene(), budget=PoisonBudget(0.1), rng=np.random.default_rng(0), steps=0)
