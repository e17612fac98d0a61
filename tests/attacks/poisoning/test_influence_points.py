"""Influence points: first-order harm against training again, and what the chosen rows do on a real table."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.attacks.linear_plan import stage
from amlsec.attacks.logistic import Linear, fit, gradients, pull, unrest
from amlsec.attacks.poisoning.influence_points import hessian, influence, influence_points
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS
from amlsec.errors import InvalidInput
from amlsec.rehearsal import Rehearsal
from attacks.poisoning.linear_worlds import Sphere, benign_flips, blobs, cancer, harm, scene

BUDGET = PoisonBudget(0.08)


def setting(seed: int = 0):
    return stage(scene(blobs(150, 2.0, seed)), BUDGET, np.random.default_rng(seed))


def test_influence_is_what_training_on_a_little_of_the_row_changes() -> None:
    on = setting()
    clean, few = fit(on.Z, on.seen.y), on.Z[:8]

    def stopped(model: Linear) -> float:
        return float(pull(model, on.Z[on.seen.y == BENIGN], 0).sum())

    little = 0.01
    naive = [(stopped(on.trained(z[None], MALICIOUS, np.array([little]))) - stopped(clean)) / little for z in few]
    assert influence(clean, on, few) == pytest.approx(np.array(naive), rel=0.05, abs=0.01)


def test_the_hessian_is_the_slope_of_the_gradient() -> None:
    on = setting()
    model = fit(on.Z, on.seen.y)
    step = 1e-5 * np.eye(3)[1]
    moved = [Linear(model.weights + sign * step[:2], model.intercept + sign * step[2]) for sign in (1, -1)]
    naive = (unrest(moved[0], on.Z, on.seen.y) - unrest(moved[1], on.Z, on.seen.y)) / 2e-5
    assert hessian(model, on.Z)[1] == pytest.approx(naive, abs=1e-4)
    assert gradients(model, on.Z, on.seen.y).sum(axis=0)[2] == pytest.approx(0, abs=1e-2)


def test_false_alarms_are_more_than_after_as_many_random_flips_on_a_real_table() -> None:
    ours, flips = [], []
    for seed in range(4):
        train, test = cancer(seed)
        on = scene(train)
        poison = influence_points(on, budget=BUDGET, rng=np.random.default_rng(seed))
        ours.append(harm(on, poison, test))
        flips.append(harm(on, benign_flips(on, len(poison), np.random.default_rng(seed)), test))
    assert np.mean(ours) > np.mean(flips) + 0.005


def test_rows_are_benign_rows_he_has_seen_each_once() -> None:
    on = scene(blobs(200, 2.0, 0))
    poison = influence_points(on, budget=BUDGET, rng=np.random.default_rng(0))
    assert len(poison) == 16
    assert (poison.added.y == MALICIOUS).all()
    assert np.isin(poison.added.content(), on.known.labelled(BENIGN).content()).all()
    assert len(np.unique(poison.added.content())) == 16


def test_a_known_screen_accepts_more_of_it() -> None:
    train, test, learner = blobs(300, 1.5, 0), blobs(100, 1.5, 1), LogisticRegression()
    accepted = {}
    for name, system in (("unknown", None), ("known", Sphere(learner, 0.8))):
        on = scene(train, learner=learner, system=system)
        poison = influence_points(on, budget=BUDGET, rng=np.random.default_rng(0))
        accepted[name] = Sphere(learner, 0.8).train(poison.added + test, on.known).accepted[: len(poison)].mean()
    assert accepted["known"] > accepted["unknown"]


@pytest.mark.parametrize("seed", range(3))
def test_more_plans_do_no_less_in_rehearsal(seed: int) -> None:
    on = scene(blobs(160, 2.0, seed), learner=LogisticRegression())
    worths = []
    for many in (1, 2, 4):
        poison = influence_points(on, budget=BUDGET, rng=np.random.default_rng(seed), many=many)
        chance = np.random.default_rng(seed)
        worths.append(Rehearsal(stage(on, BUDGET, chance).scene, chance, wanted=MALICIOUS).of(poison).worth)
    assert worths == sorted(worths)


def test_no_plan_is_refused() -> None:
    with pytest.raises(InvalidInput, match="many is 0: must be at least 1"):
        influence_points(scene(blobs(40, 2.0, 0)), budget=BUDGET, rng=np.random.default_rng(0), many=0)
