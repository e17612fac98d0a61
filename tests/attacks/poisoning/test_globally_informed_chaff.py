"""Globally informed chaff: the best of all vertices by brute force, its share, and floods it hides."""

from itertools import permutations

import numpy as np
import pytest
from scipy.optimize import minimize

from amlsec.attacks.chaff import in_turn, room
from amlsec.attacks.poisoning.globally_informed_chaff import globally_informed_chaff
from amlsec.budget import PoisonBudget
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.frame import share
from amlsec.scene import Scene
from amlsec.space.traffic import TrafficSpace
from chaff_cases import ROUTING, missed, put, scene


def objective(on, volume, flow=0):
    """The norm of (Y + C A') a."""
    return np.linalg.norm((on.own.X + np.outer(volume, ROUTING[:, flow])) @ ROUTING[:, flow])


@pytest.mark.parametrize(("spent", "cap"), [(0.1, 1.0), (0.4, 1.0), (0.3, 0.5), (0.9, 0.2)])
def test_no_way_to_spend_the_share_under_the_cap_gives_a_larger_norm(spent, cap):
    on = scene(5)
    dose = globally_informed_chaff(on, budget=PoisonBudget(spent), rng=np.random.default_rng(0), cap=cap)
    volume = np.zeros(5)
    volume[dose.edited] = on.space.volumes(on.own.X[dose.edited], dose.edits.X)[:, 0]
    typical, bound = on.space.typical[0], max(cap, spent)
    assert volume.sum() == pytest.approx(spent * 5 * typical)
    assert volume.max() <= bound * typical * (1 + 1e-9)
    vertices = [[min(bound, max(0.0, spent * 5 - bound * k)) * typical for k in order] for order in permutations(range(5))]
    assert objective(on, volume) == pytest.approx(max(objective(on, vertex) for vertex in vertices))
    climbed = [climb(on, np.random.default_rng(seed), spent * 5 * typical, bound * typical) for seed in range(5)]
    assert objective(on, volume) >= max(climbed) - 1e-6


@pytest.mark.parametrize("seed", range(40))
def test_where_links_are_near_their_capacity_only_the_bin_filled_last_falls_short(seed):
    rng = np.random.default_rng(seed)
    X, spent = rng.uniform(0, 20, (5, 2)), rng.uniform(0.05, 0.4)
    space = TrafficSpace(np.ones((2, 1)), [0], np.full(2, 10.0), capacity=np.full(2, 20.0))
    on = Scene(Batch(X, np.zeros(5, dtype=np.int64)), 5, space)
    dose = globally_informed_chaff(on, budget=PoisonBudget(spent), rng=rng)
    after = X.copy()
    after[dose.edited] = dose.edits.X
    bound = np.minimum(room(space, X)[:, 0], 1.0)
    orders = map(np.array, permutations(range(5)))
    best = max(((X.sum(axis=1) + 20 * in_turn(order, bound, 5 * spent)) ** 2).sum() for order in orders)
    part = np.setdiff1d(dose.edited, np.flatnonzero(np.isclose(after[:, 0] - X[:, 0], 10 * bound)))
    assert len(part) <= 1
    assert best - (after.sum(axis=1) ** 2).sum() <= (100 * bound[part] ** 2).sum() + 1e-6


def climb(on, rng, total, bound):
    """The norm that a solver ends at, from a random start."""
    start = np.minimum(rng.dirichlet(np.ones(5)) * total, bound)
    even = {"type": "eq", "fun": lambda volume: volume.sum() - total}
    found = minimize(
        lambda volume: -objective(on, volume), start, bounds=[(0, bound)] * 5, constraints=[even], method="SLSQP"
    )
    return -found.fun if found.success else 0.0


@pytest.mark.parametrize("spent", [1e-4, 0.01, 0.3, 0.99])
@pytest.mark.parametrize("flows", [(1,), (0, 2, 3)])
def test_it_spends_exactly_the_share(spent, flows):
    on = scene(60, flows)
    dose, volumes = put("globally-informed-chaff", on, spent)
    assert share(on, dose) == pytest.approx(spent, rel=1e-9)
    assert volumes.sum(axis=0) / on.space.typical == pytest.approx(np.full(len(flows), spent * 60 / len(flows)))


def test_the_more_is_known_the_more_is_hidden():
    spent = (0.0, 0.02, 0.05, 0.1)
    caught = [missed("globally-informed-chaff", share) for share in spent]
    local = [missed("locally-informed-chaff", share) for share in spent]
    assert caught == sorted(caught)
    assert caught[0] == 0
    assert caught[-1] == 5
    assert all(more >= less for more, less in zip(caught, local, strict=True))
    assert sum(caught) > sum(local)


@pytest.mark.parametrize("cap", [0.0, -1.0, float("nan")])
def test_a_cap_out_of_range_is_named(cap):
    with pytest.raises(InvalidInput, match="cap"):
        globally_informed_chaff(scene(), budget=PoisonBudget(0.1), rng=np.random.default_rng(0), cap=cap)
