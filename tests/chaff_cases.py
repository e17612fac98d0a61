"""A small network for tests of chaff: 6 links, 5 flows that rise and fall together, and a detector of one component."""

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.evaluation.games import poisoning_game
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.play import Play
from amlsec.frame import poison
from amlsec.scene import Scene
from amlsec.space.traffic import TrafficSpace

ROUTING = np.array(
    [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 1, 1], [1, 0, 0, 0, 1], [0, 1, 1, 0, 1]], dtype=float
)
FLOOD = 6.0
"""Volume on the first flow, whose mean is 10."""


def week(n, seed, flood=0.0):
    """Link loads of n time bins of one seed, with a flood on the first flow."""
    rng = np.random.default_rng(seed)
    flows = np.array([10.0, 8, 6, 5, 4]) * (1 + 0.3 * rng.normal(size=(n, 1))) + rng.normal(0, 0.5, (n, 5))
    X = (np.maximum(flows, 0) + flood * np.eye(5)[0]) @ ROUTING.T
    return Batch(X, np.full(n, int(flood > 0)))


def space(flows=(0,), **settings):
    return TrafficSpace(ROUTING, flows, week(500, 0).X.mean(axis=0), **settings)


def scene(n=60, flows=(0,), **settings):
    return Scene(week(n, 1), n, space(flows), **settings)


def put(name, on, share, seed=0):
    """The poison of a member, and the volume it adds to each of its flows and rows, 0 where it edits nothing."""
    dose = poison(named(name), on, budget=PoisonBudget(share), rng=np.random.default_rng(seed))
    changed = on.own.X.copy()
    changed[dose.edited] = dose.edits.X
    return dose, on.space.volumes(on.own.X, changed)


def missed(name, share, flood=FLOOD, seed=0):
    """How many of five floods get past a PCA detector trained under this attack; the clean one misses none of them."""
    none, test = week(0, 0), week(100, 5) + week(100, 4, flood)
    offers = {"estimator": PCAResidual(n_components=1, false_alarm_rate=0.01), "random_state": 0}
    ground = Ground(week(400, 3), none, none, test, test, space(), offers)
    outcome = poisoning_game(Play(ground, named(name), None, PoisonBudget(share), np.random.default_rng(seed)))
    assert (outcome.trials, outcome.before) == (5, 0)
    return outcome.gained
