"""The KKT attack: its conditions, its slope, and what it does on a real table."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from amlsec.attacks.linear_plan import stage
from amlsec.attacks.logistic import Linear, fit, pull, unrest, with_one
from amlsec.attacks.poisoning.influence_points import influence_points
from amlsec.attacks.poisoning.kkt import Group, _slope, kkt, settled
from amlsec.attacks.poisoning.min_max import min_max
from amlsec.attacks.region import box
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.errors import InvalidInput
from amlsec.rehearsal import Rehearsal
from amlsec.scene import Scene
from amlsec.space.text import TextSpace
from attacks.poisoning.linear_worlds import Sphere, benign_flips, blobs, cancer, harm, scene


@pytest.mark.parametrize("attack", [kkt, min_max, influence_points])
def test_texts_without_a_word_leave_him_nothing_to_reckon_with(attack) -> None:
    rows = Batch(texts([""] * 20), np.arange(20) % 2)
    on = Scene(rows.rows([0, 1]), 20, TextSpace([]), rows, LogisticRegression())
    assert not len(attack(on, budget=PoisonBudget(0.2), rng=np.random.default_rng(0)))


def test_training_on_the_points_ends_at_the_decoy() -> None:
    """A decoy trained on the clean rows and 20 points of some place is one that 20 points of one place can reach."""
    rows = blobs(200, 3.0, 0)
    there = np.array([0.4, -0.3])
    weights = np.append(np.ones(200), 20.0)
    decoy = fit(np.vstack([rows.X, there]), np.append(rows.y, MALICIOUS), weights)
    region = box(rows.X, rows.y, MALICIOUS)
    left, plan = settled(decoy, unrest(decoy, rows.X, rows.y), [Group(region, MALICIOUS, 1.0, np.zeros(2))], 20.0)
    point = plan[0][0]
    after = fit(np.vstack([rows.X, point]), np.append(rows.y, MALICIOUS), weights)
    assert left < 0.05
    assert after.weights == pytest.approx(decoy.weights, abs=0.01)
    assert after.intercept == pytest.approx(decoy.intercept, abs=0.01)


def test_what_training_ends_at_is_at_rest() -> None:
    rows = blobs(100, 2.0, 1)
    assert np.abs(unrest(fit(rows.X, rows.y), rows.X, rows.y)).max() < 1e-3


@pytest.mark.parametrize("label", [BENIGN, MALICIOUS])
def test_the_slope_is_the_one_of_finite_differences(label: int) -> None:
    rng = np.random.default_rng(label)
    decoy, rest = Linear(rng.normal(size=3), 0.3), rng.normal(size=4)
    point = rng.normal(size=(1, 3))
    labels = np.array([label])

    def half_square(at: np.ndarray) -> float:
        left = rest + pull(decoy, at, labels) @ with_one(at)
        return float(left @ left / 2)

    left = rest + pull(decoy, point, labels) @ with_one(point)
    naive = [(half_square(point + step) - half_square(point - step)) / 2e-6 for step in 1e-6 * np.eye(3)[:, None]]
    assert _slope(decoy, point, labels, left)[0] == pytest.approx(naive, rel=1e-4)


def test_false_alarms_are_more_than_after_as_many_random_flips_on_a_real_table() -> None:
    budget, ours, flips = PoisonBudget(0.08), [], []
    for seed in range(4):
        train, test = cancer(seed)
        on = scene(train)
        poison = kkt(on, budget=budget, rng=np.random.default_rng(seed))
        ours.append(harm(on, poison, test))
        flips.append(harm(on, benign_flips(on, len(poison), np.random.default_rng(seed)), test))
    assert np.mean(ours) > np.mean(flips) + 0.03


def test_the_poison_lies_close_together_and_within_its_share() -> None:
    on = scene(cancer(0)[0])
    poison = kkt(on, budget=PoisonBudget(0.05), rng=np.random.default_rng(0))
    assert len(poison) == 18
    for label in np.unique(poison.added.y):
        spread = poison.added.labelled(label).X.std(axis=0) / on.known.X.std(axis=0)
        assert spread.max() < 0.05


def test_a_known_screen_accepts_the_poison_and_an_unknown_one_does_not() -> None:
    train, test = cancer(2)
    learner = scene(train).learner
    accepted = {}
    for name, system in (("unknown", None), ("known", Sphere(learner))):
        on = scene(train, system=system)
        poison = kkt(on, budget=PoisonBudget(0.08), rng=np.random.default_rng(2))
        accepted[name] = Sphere(learner).train(poison.added + test, on.known).accepted[: len(poison)].mean()
    assert accepted == {"unknown": 0, "known": 1}


@pytest.mark.parametrize("seed", range(3))
def test_more_decoys_do_no_less_in_rehearsal(seed: int) -> None:
    on = scene(blobs(160, 2.0, seed), learner=LogisticRegression())
    worths = []
    for many in (1, 2, 4, 8):
        poison = kkt(on, budget=PoisonBudget(0.1), rng=np.random.default_rng(seed), many=many)
        setting = np.random.default_rng(seed)
        worths.append(Rehearsal(stage(on, PoisonBudget(0.1), setting).scene, setting, wanted=MALICIOUS).of(poison).worth)
    assert worths == sorted(worths)


@pytest.mark.parametrize("many", [0, 9])
def test_a_number_of_decoys_that_is_none_is_refused(many: int) -> None:
    with pytest.raises(InvalidInput, match=f"many is {many}: must lie in 1 to 8"):
        kkt(scene(blobs(40, 2.0, 0)), budget=PoisonBudget(0.1), rng=np.random.default_rng(0), many=many)
