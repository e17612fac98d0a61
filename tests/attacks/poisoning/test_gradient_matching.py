"""Gradient matching: rows stay near what they were, keep their label, and turn their target."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.attacks.linear_plan import stage
from amlsec.attacks.poisoning.gradient_matching import _climb, cosine, gradient_matching, inner
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.oracle import fitted
from amlsec.scene import Scene, additions
from amlsec.space.tabular import infer
from attacks.poisoning.linear_worlds import blobs, cancer

BUDGET = PoisonBudget(0.1)
LOGISTIC = make_pipeline(StandardScaler(), LogisticRegression())
PERCEPTRON = make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=400, random_state=0, tol=1e-2))


def scene(rows: Batch, target: Batch, learner=LOGISTIC) -> Scene:
    return Scene(rows.rows([]), len(rows), infer(rows.X, [f"c{k}" for k in range(rows.X.shape[1])]), rows, learner, target)


def score(on: Scene, poison) -> float:
    after = on.known + poison.added
    return float(fitted(on.learner.fit(after.X, after.y)).scores(on.target.X)[0])


@pytest.mark.parametrize("learner", [LOGISTIC, PERCEPTRON])
def test_targets_look_more_benign_than_after_as_many_copies_of_the_rows_it_started_from(learner) -> None:
    train, test = cancer(0)
    targets = test.labelled(MALICIOUS)
    gains = []
    for t in range(4):
        on = scene(train, targets.rows([t]), learner)
        poison = gradient_matching(on, budget=BUDGET, rng=np.random.default_rng(t))
        setting = stage(on, BUDGET, np.random.default_rng(t))
        bases = _climb(setting, on.target.X, 0.5).bases
        plain = additions(Batch(bases, np.full(len(bases), BENIGN)))
        gains.append(score(on, plain) - score(on, poison))
    assert np.mean(gains) > 0.02


def test_rows_keep_their_label_and_go_no_further_than_the_reach() -> None:
    rows = blobs(200, 3.0, 0)
    on = scene(rows, Batch(np.array([[2.0, 2.5]]), np.array([MALICIOUS])))
    for reach in (0.1, 0.5):
        setting = stage(on, BUDGET, np.random.default_rng(0))
        climb = _climb(setting, on.target.X, reach)
        poison = gradient_matching(on, budget=BUDGET, rng=np.random.default_rng(0), reach=reach, many=1)
        assert (poison.added.y == BENIGN).all()
        assert on.space.cost(climb.bases, poison.added.X).max() <= climb.limit + 1e-6
        ways = on.space.cost(climb.bases, np.repeat(on.target.X, len(climb.bases), axis=0))
        assert climb.limit == pytest.approx(reach * np.median(ways))


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_climb_never_ends_below_where_it_started(kind: int) -> None:
    rows = blobs(200, 3.0, 1)
    on = scene(rows, Batch(np.array([[2.0, 2.5]]), np.array([MALICIOUS])))
    climb = _climb(stage(on, BUDGET, np.random.default_rng(0)), on.target.X, 0.5)

    def match(X: np.ndarray) -> float:
        total = climb.model.gradients(climb.on.view.vectors(X), BENIGN).sum(axis=0)
        return (inner if kind == 0 else cosine)(total, climb.wanted)[0]

    assert match(climb.up(kind, np.random.default_rng(0))) > match(climb.bases) + 1e-3


def test_the_slope_of_the_cosine_is_the_one_of_finite_differences() -> None:
    rng = np.random.default_rng(0)
    total, wanted = rng.normal(size=5), rng.normal(size=5)
    wanted /= np.linalg.norm(wanted)
    naive = [(cosine(total + step, wanted)[0] - cosine(total - step, wanted)[0]) / 2e-6 for step in 1e-6 * np.eye(5)]
    assert cosine(total, wanted)[1] == pytest.approx(naive, abs=1e-7)


def test_without_a_malicious_target_nothing_is_done() -> None:
    rows = blobs(100, 3.0, 0)
    for target in (rows.labelled(BENIGN).rows([0]), None):
        assert not len(gradient_matching(scene(rows, target), budget=BUDGET, rng=np.random.default_rng(0)))


@pytest.mark.parametrize(("name", "value"), [("reach", 0.0), ("reach", 1.5), ("many", 0)])
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    rows = blobs(20, 3.0, 0)
    with pytest.raises(InvalidInput, match=f"{name} is {value}"):
        gradient_matching(scene(rows, rows), budget=BUDGET, rng=np.random.default_rng(0), **{name: value})
