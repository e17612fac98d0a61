"""The min-max attack: the points that hurt a linear model most while it learns to live with them."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.linear_plan import Plan, Stage, carried_out, decoys, stage
from amlsec.attacks.logistic import Floats, Linear, fit
from amlsec.attacks.region import Region
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import MALICIOUS
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

_ROUNDS = 12
_ASCENTS = 12


@poisoning(
    code="AML-P21",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "text", "image"),
    references=("steinhardt2017certified", "koh2022stronger"),
)
def min_max(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, many: int = 3) -> Poison:
    """Add, round after round, the point with the greatest loss that is still possible.

    Steinhardt, Koh and Liang (2017), algorithm 1: model and attacker play in turns, and the points played are the poison.
    The model answers with what it trains on all points so far, in place of their gradient step. Points carry the label he
    wants verdicts to have. Surrogate, bounds, and what he does about a screen he knows of are those of the `kkt` attack.
    Where he knows of a defense, `many` - 1 games are played with a decoy too (Koh, Steinhardt and Liang 2022, section 4.3):
    their points are such that a model which errs as he likes finds them no harder than most rows of their label, so
    that filters of the loss see nothing. The game that does most in rehearsal with the true learner is carried out: more,
    `many` lying in 1 to 9, never do less there.

    Raises InvalidInput where `many` is no such number.

    >>> from amlsec.data import Batch
    >>> from amlsec.space.tabular import infer
    >>> from sklearn.linear_model import LogisticRegression
    >>> y = np.arange(200) % 2
    >>> rows = Batch(np.random.default_rng(0).normal(size=(200, 2)) + 3.0 * y[:, None], y)
    >>> scene = Scene(rows.rows(slice(0, 0)), 200, infer(rows.X, ["a", "b"]), rows, LogisticRegression())
    >>> poison = min_max(scene, budget=PoisonBudget(0.05), rng=np.random.default_rng(0))
    >>> int(poison.added.y.min()), bool(poison.added.X.mean() < 1.0)
    (1, True)
    """
    if not 1 <= many <= 9:
        raise InvalidInput("many", many, "must lie in 1 to 9")
    on = stage(scene, budget, rng)
    if on is None:
        return nothing(scene.own)
    open_to_him = on.regions(MALICIOUS)
    models = [] if scene.system is None else [decoy for decoy, _ in decoys(on, MALICIOUS, many - 1)]
    regions = [*open_to_him, *(unsuspicious(region, model, on, MALICIOUS) for model in models for region in open_to_him)]
    return carried_out(on, [_game(on, region, MALICIOUS) for region in regions], MALICIOUS, rng)


def unsuspicious(region: Region, decoy: Linear, on: Stage, label: int, quantile: float = 0.9) -> Region:
    """The part of the region whose points a decoy finds no harder than this share of the label's rows."""
    sign = -1.0 if label else 1.0
    usual = sign * decoy.evidence(on.Z[on.seen.y == label])
    return region.within(sign * decoy.weights, float(np.quantile(usual, quantile)) - sign * decoy.intercept)


def _game(on: Stage, region: Region, label: int) -> Plan:
    """The points played, each with an equal share of the poison."""
    model = fit(on.Z, on.seen.y)
    played: list[Floats] = []
    for turn in range(1, _ROUNDS + 1):
        played.append(worst(model, region, label, played[-1] if played else region.center))
        model = on.trained(np.stack(played), label, np.full(turn, on.dose / turn))
    return [(point, label, 1.0) for point in played]


def worst(model: Linear, region: Region, label: int, start: Floats) -> Floats:
    """The point (d,) of a region with the greatest loss under this label, climbed to from a start."""
    length = np.linalg.norm(model.weights) or 1.0
    step = region.radius / length * model.weights * (-1.0 if label else 1.0)
    point = start
    for _ in range(_ASCENTS):
        moved = region.nearest(point + step)
        if np.linalg.norm(moved - point) < 1e-3 * region.radius:
            break
        point = moved
    return point
