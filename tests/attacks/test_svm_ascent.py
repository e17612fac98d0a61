"""Points that climb: never down, never weaker with more tries, stronger than where they started, within the space."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from amlsec.attacks.svm_ascent import Stage, best_points, climbed
from amlsec.data import Batch
from amlsec.space.tabular import Column, Kind, May, TabularSpace

SPACE = TabularSpace(
    [
        Column("flows", Kind.NUMERIC, -4, 4),
        Column("whole", Kind.INTEGER, -4, 4),
        Column("grows", Kind.NUMERIC, -4, 4, may=May.UP),
        Column("stays", Kind.NUMERIC, -4, 4, may=May.NOT),
        *[Column(f"more{i}", Kind.NUMERIC, -4, 4) for i in range(6)],
    ]
)


def rows(n: int, seed: int) -> Batch:
    y = np.arange(n) % 2
    X = np.random.default_rng(seed).normal(size=(n, 10)) + 1.0 * y[:, None]
    X[:, 1] = X[:, 1].round()
    return Batch(np.clip(X, -4, 4), y)


def stage(svm=None, steps=None) -> Stage:
    train, validation = rows(60, 0), rows(80, 1)
    steps = (steps or StandardScaler()).fit(train.X)
    seen = [Batch(steps.transform(part.X), part.y) for part in (train, validation)]
    return Stage(svm or SVC(kernel="linear"), *seen, SPACE, steps.transform, steps.inverse_transform)


STARTS = rows(40, 2).labelled(0).relabelled(np.ones(20, dtype=np.int64))


def loss(on: Stage, points: Batch) -> float:
    return on.machine(points).loss(on.validation)


def best(on: Stage, runs: int, rounds: int, many: int = 2, seed: int = 0) -> Batch:
    return best_points(on, STARTS, many, runs=runs, rounds=rounds, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_more_runs_or_rounds_are_never_weaker(kernel):
    on = stage(SVC(kernel=kernel, gamma=0.1))
    by_runs = [loss(on, best(on, runs, 0)) for runs in (1, 2, 4)]
    by_rounds = [loss(on, best(on, 1, rounds)) for rounds in (0, 1)]
    assert by_runs == sorted(by_runs)
    assert by_rounds == sorted(by_rounds)
    assert by_runs[-1] > by_runs[0]
    assert by_rounds[-1] > by_rounds[0]


def test_climbing_raises_the_loss_above_that_of_the_start():
    on = stage()
    gains = [loss(on, climbed(on, STARTS.rows([at]), 0)) / loss(on, STARTS.rows([at])) for at in range(5)]
    assert min(gains) >= 1
    assert np.mean(gains) > 1.02


def test_points_stay_in_the_space_of_the_rows_they_were():
    on = stage()
    for at in range(3):
        start = STARTS.rows([at])
        point = climbed(on, start, 0)
        assert np.isfinite(SPACE.cost(start.X, point.X)).all()
        assert (point.X != start.X).any()


def test_a_machine_in_the_plane_moves_although_its_gradient_is_0():
    y = np.arange(60) % 2
    X = np.random.default_rng(0).normal(size=(120, 2)) + np.tile(y, 2)[:, None]
    space = TabularSpace([Column(name, Kind.NUMERIC, -9, 9) for name in "ab"])
    on = Stage(SVC(kernel="linear"), Batch(X[:60], y), Batch(X[60:], y), space, np.asarray, np.asarray)
    start = Batch(X[:1], np.array([1]))
    assert loss(on, climbed(on, start, 0)) > 1.02 * loss(on, start)


def test_a_point_that_stands_for_several_rows_counts_as_they_do():
    on = stage()
    many = Stage(on.svm, on.train, on.validation, on.space, on.see, on.back, weight=3.0)
    one = STARTS.rows([0])
    assert loss(many, one) == pytest.approx(loss(on, one.rows([0, 0, 0])), rel=1e-3)
