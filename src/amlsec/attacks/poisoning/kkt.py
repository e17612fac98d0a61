"""The KKT attack: poison whose pull makes a decoy model the one that training ends at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.linear_plan import Plan, Stage, carried_out, decoys, stage
from amlsec.attacks.logistic import Floats, Linear, pull, unrest, with_one
from amlsec.attacks.region import Region
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import MALICIOUS
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

_SPLITS = (1.0, 0.75)
"""How much of the poison carries the label he wants verdicts to have."""
_STEPS = 40
_HALVINGS = 12
_GAIN = 1e-3


@poisoning(
    code="AML-P22",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "text", "image"),
    references=("koh2022stronger",),
)
def kkt(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, many: int = 4) -> Poison:
    """Place points, close together, whose pull on a decoy model cancels that of the clean rows.

    Koh, Steinhardt and Liang (2022), section 4.2, for the logistic loss in place of their hinge loss: the clean rows'
    gradient at a decoy, a model that errs as he likes, is known, and one point a label is moved until the poison's
    gradient is its opposite, so that training on both ends at the decoy. The points stay in the box of
    all values, whole numbers being rounded up by the chance of their fraction. Where he knows of a defense he tries the
    sphere and slab of usual rows of their label too, and draws points back towards usual rows until a screen accepts them
    in rehearsal. The surrogate is logistic regression on standardised columns, or on which of
    the most frequent words a text holds, fitted to at most 1,000 of the rows he knows. Of the first `many` decoys, in 1 to
    8, the one that does most in rehearsal with the true learner is carried out: more never do less there.

    Raises InvalidInput where `many` is no such number.

    >>> from amlsec.data import Batch
    >>> from amlsec.space.tabular import infer
    >>> from sklearn.linear_model import LogisticRegression
    >>> y = np.arange(200) % 2
    >>> rows = Batch(np.random.default_rng(0).normal(size=(200, 2)) + 3.0 * y[:, None], y)
    >>> scene = Scene(rows.rows(slice(0, 0)), 200, infer(rows.X, ["a", "b"]), rows, LogisticRegression())
    >>> poison = kkt(scene, budget=PoisonBudget(0.05), rng=np.random.default_rng(0))
    >>> len(poison), bool(poison.added.X.std(axis=0).max() < 0.1)
    (10, True)
    """
    if not 1 <= many <= 8:
        raise InvalidInput("many", many, "must lie in 1 to 8")
    on = stage(scene, budget, rng)
    if on is None:
        return nothing(scene.own)
    plans = [plan for decoy, learned in decoys(on, MALICIOUS, many) for plan in _plans(on, decoy, learned, MALICIOUS)]
    return carried_out(on, plans, MALICIOUS, rng)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Equal points of one label: their share of the dose, the region they stay in, and where they start from (d,)."""

    region: Region
    label: int
    share: float
    start: Floats


def _plans(on: Stage, decoy: Linear, learned: Floats, wanted: int) -> list[Plan]:
    """For each kind of region, the points of the split that leaves the decoy least unrest."""
    rest = unrest(decoy, on.Z, on.seen.y)
    pairs = zip(on.regions(wanted), on.regions(1 - wanted), strict=True)
    return [_plan(decoy, rest, like, unlike, (learned, wanted, on.dose)) for like, unlike in pairs]


def _plan(decoy: Linear, rest: Floats, like: Region, unlike: Region, meant: tuple[Floats, int, float]) -> Plan:
    """The points, in a region for each label, of the split that leaves least unrest."""
    learned, wanted, dose = meant
    groups = [(Group(like, wanted, x, learned), Group(unlike, 1 - wanted, 1 - x, unlike.center)) for x in _SPLITS]
    tried = [settled(decoy, rest, [group for group in pair if group.share], dose) for pair in groups]
    return min(tried, key=lambda found: found[0])[1]


def settled(decoy: Linear, rest: Floats, groups: Sequence[Group], dose: float) -> tuple[float, Plan]:
    """One point a group that together leave the decoy little of its unrest `rest` (d + 1,): its length, and the points.

    Projected gradient descent on the squared length, each step halved until it helps.
    """
    points = np.stack([group.region.nearest(group.start) for group in groups])
    labels, weights = np.array([group.label for group in groups]), np.array([dose * group.share for group in groups])

    def left(at: Floats) -> Floats:
        return np.asarray(rest + (weights * pull(decoy, at, labels)) @ with_one(at))

    size, reach = float(np.linalg.norm(left(points))), max(group.region.radius for group in groups)
    for _ in range(_STEPS):
        slope = weights[:, None] * _slope(decoy, points, labels, left(points))
        moved, reach = _stepped(groups, points, slope, reach, lambda at: float(np.linalg.norm(left(at))))
        shorter = float(np.linalg.norm(left(moved)))
        if not shorter < size * (1 - _GAIN):
            break
        points, size = moved, shorter
    return size, [(point, group.label, group.share) for point, group in zip(points, groups, strict=True)]


def _stepped(
    groups: Sequence[Group], points: Floats, slope: Floats, reach: float, size: Callable[[Floats], float]
) -> tuple[Floats, float]:
    """The points a step of this reach down the slope, or of half, a quarter, ... of it, and the next reach to try."""
    now, direction = size(points), slope / (np.linalg.norm(slope) or 1.0)
    for _ in range(_HALVINGS):
        moved = _moved(groups, points, reach * direction)
        if size(moved) < now:
            return moved, 4 * reach
        reach /= 2
    return points, reach


def _moved(groups: Sequence[Group], points: Floats, step: Floats) -> Floats:
    """The points (k, d) after a step down, each back in its region."""
    return np.stack([group.region.nearest(point) for group, point in zip(groups, points - step, strict=True)])


def _slope(decoy: Linear, points: Floats, labels: NDArray[np.int64], left: Floats) -> Floats:
    """The derivative (k, d) of half the squared length of what is left, by the points, for each unit of weight."""
    chance = pull(decoy, points, 0)
    along = with_one(points) @ left
    straight = pull(decoy, points, labels)[:, None] * left[:-1]
    return np.asarray((chance * (1 - chance) * along)[:, None] * decoy.weights + straight)
