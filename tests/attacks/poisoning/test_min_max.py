"""The min-max attack: the worst point of a linear model, and what the game does on a real table."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from amlsec.attacks.linear_plan import decoys, stage
from amlsec.attacks.logistic import Linear
from amlsec.attacks.poisoning.min_max import min_max, unsuspicious, worst
from amlsec.attacks.region import usual_region
from amlsec.budget import PoisonBudget
from amlsec.data import MALICIOUS
from amlsec.errors import InvalidInput
from amlsec.rehearsal import Rehearsal
from attacks.poisoning.linear_worlds import Sphere, benign_flips, blobs, cancer, harm, scene


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("label", [0, 1])
def test_the_worst_point_is_the_one_another_solver_finds(seed: int, label: int) -> None:
    rng = np.random.default_rng(seed)
    rows = blobs(100, 2.0, seed, width=4)
    region = usual_region(rows.X, rows.y, label)
    model = Linear(rng.normal(size=4), 0.0)
    sign = 1 if label else -1
    constraints = [
        {"type": "ineq", "fun": lambda z: region.radius**2 - (z - region.center) @ (z - region.center)},
        {"type": "ineq", "fun": lambda z: region.ends - region.normals @ z},
    ]
    bounds = list(zip(region.low, region.high, strict=True))
    theirs = minimize(
        lambda z: sign * model.weights @ z, region.center, bounds=bounds, constraints=constraints, method="SLSQP"
    ).x
    ours = worst(model, region, label, region.center)
    assert region.beyond(ours[None])[0] < 1e-3
    assert sign * model.weights @ ours == pytest.approx(sign * model.weights @ theirs, abs=0.02 * region.radius)


def test_a_decoy_finds_the_points_no_harder_than_most_rows_of_their_label() -> None:
    on = stage(scene(blobs(200, 2.0, 0)), PoisonBudget(0.1), np.random.default_rng(0))
    for decoy, _ in decoys(on, MALICIOUS, 4):
        region = unsuspicious(on.regions(MALICIOUS)[0], decoy, on, MALICIOUS)
        point = worst(Linear(np.array([1.0, 1.0]), 0.0), region, MALICIOUS, region.center)
        usual = decoy.evidence(on.Z[on.seen.y == MALICIOUS])
        assert decoy.evidence(point[None])[0] >= min(np.quantile(usual, 0.1), decoy.evidence(region.center[None])[0]) - 1e-3


def test_false_alarms_are_more_than_after_as_many_random_flips_on_a_real_table() -> None:
    budget, ours, flips = PoisonBudget(0.08), [], []
    for seed in range(4):
        train, test = cancer(seed)
        on = scene(train)
        poison = min_max(on, budget=budget, rng=np.random.default_rng(seed))
        ours.append(harm(on, poison, test))
        flips.append(harm(on, benign_flips(on, len(poison), np.random.default_rng(seed)), test))
    assert np.mean(ours) > np.mean(flips) + 0.01


def test_a_known_screen_accepts_the_poison_and_an_unknown_one_does_not() -> None:
    train, test = cancer(0)
    learner = scene(train).learner
    accepted = {}
    for name, system in (("unknown", None), ("known", Sphere(learner))):
        on = scene(train, system=system)
        poison = min_max(on, budget=PoisonBudget(0.08), rng=np.random.default_rng(0))
        accepted[name] = Sphere(learner).train(poison.added + test, on.known).accepted[: len(poison)].mean()
    assert accepted["unknown"] == 0
    assert accepted["known"] > 0.9


@pytest.mark.parametrize("seed", range(2))
def test_more_games_do_no_less_in_rehearsal(seed: int) -> None:
    on = scene(blobs(160, 2.0, seed), system=Sphere(LogisticRegression()))
    worths = []
    for many in (1, 3):
        poison = min_max(on, budget=PoisonBudget(0.1), rng=np.random.default_rng(seed), many=many)
        setting = np.random.default_rng(seed)
        worths.append(Rehearsal(stage(on, PoisonBudget(0.1), setting).scene, setting, wanted=MALICIOUS).of(poison).worth)
    assert worths == sorted(worths)


@pytest.mark.parametrize("many", [0, 10])
def test_a_number_of_games_that_is_none_is_refused(many: int) -> None:
    with pytest.raises(InvalidInput, match=f"many is {many}: must lie in 1 to 9"):
        min_max(scene(blobs(40, 2.0, 0)), budget=PoisonBudget(0.1), rng=np.random.default_rng(0), many=many)
