"""Influence points: of all rows he has seen, those that under a wrong label do most harm to first order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.linear_plan import Stage, stage
from amlsec.attacks.logistic import C, Floats, Linear, fit, pull, with_one
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.rehearsal import Rehearsal, best
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

_OVERSUPPLY = 4
_TINY = 1e-6


@poisoning(
    code="AML-P25",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "text", "image"),
    references=("koh2017understanding", "koh2022stronger"),
)
def influence_points(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, many: int = 1) -> Poison:
    """Send rows he has seen, labelled malicious, that by their influence turn most benign rows.

    The influence of a row on the benign rows' verdicts is that of Koh and Liang (2017), equation 2: the row's gradient, the
    inverse Hessian of the training loss, and the gradient of the share of benign rows that a smooth threshold stops. The
    model is logistic regression on the vectors that the `kkt` attack uses, of at most 1,000 rows he knows. As influence
    fades where much is added, rows can be chosen in 1, 2, 4, ... turns, the model learning what was chosen in between; of
    `many` such plans the one that does most in rehearsal is carried out: more never do less there. Where he knows of a
    screen, he leaves out rows that it does not accept in rehearsal, out of four times as many as he needs.

    Raises InvalidInput where `many` is below 1.

    >>> from amlsec.space.tabular import infer
    >>> from sklearn.linear_model import LogisticRegression
    >>> y = np.arange(200) % 2
    >>> rows = Batch(np.random.default_rng(0).normal(size=(200, 2)) + 3.0 * y[:, None], y)
    >>> scene = Scene(rows.rows([]), 200, infer(rows.X, ["a", "b"]), rows, LogisticRegression())
    >>> poison = influence_points(scene, budget=PoisonBudget(0.05), rng=np.random.default_rng(0))
    >>> len(poison), bool(np.isin(poison.added.content(), rows.labelled(0).content()).all())
    (10, True)
    """
    if many < 1:
        raise InvalidInput("many", many, "must be at least 1")
    on = stage(scene, budget, rng)
    if on is None:
        return nothing(scene.own)
    rehearsal = Rehearsal(on.scene, rng, wanted=MALICIOUS)
    free = _free(on, rehearsal)
    plans = [_chosen(on, free, turns) for turns in (2**k for k in range(many))]
    return best([additions(_lies(on, plan)) for plan in plans], rehearsal)


def _lies(on: Stage, which: NDArray[np.intp]) -> Batch:
    return on.seen.rows(which).relabelled(np.full(len(which), MALICIOUS))


def _free(on: Stage, rehearsal: Rehearsal) -> NDArray[np.intp]:
    """The benign rows he may use; where a screen is known, the most harmful of them that it accepts, else all of these."""
    benign = np.flatnonzero(on.seen.y == BENIGN)
    if on.scene.system is None:
        return benign
    harm = influence(fit(on.Z, on.seen.y), on, on.Z[benign])
    tried = benign[np.argsort(-harm, kind="stable")[: _OVERSUPPLY * on.count]]
    accepted = rehearsal.of(additions(_lies(on, tried))).accepted
    return tried if accepted is None or not accepted.any() else tried[accepted]


def _chosen(on: Stage, free: NDArray[np.intp], turns: int) -> NDArray[np.intp]:
    """Positions of `on.count` rows, chosen in so many turns; a row is chosen again only when all are."""
    chosen = np.zeros(0, dtype=np.intp)
    model = fit(on.Z, on.seen.y)
    for part in np.array_split(np.arange(on.count), turns):
        harm = influence(model, on, on.Z[free]) - 1e9 * _times(free, chosen)
        order = free[np.argsort(-harm, kind="stable")]
        chosen = np.concatenate([chosen, np.resize(order, len(part))])
        if len(chosen):
            model = on.trained(on.Z[chosen], MALICIOUS, np.full(len(chosen), on.dose / on.count))
    return chosen


def _times(free: NDArray[np.intp], chosen: NDArray[np.intp]) -> NDArray[np.int64]:
    """How often each free row was chosen."""
    return np.bincount(chosen, minlength=int(free.max(initial=0)) + 1)[free]


def influence(model: Linear, on: Stage, Z: Floats) -> Floats:
    """By how much one more row of each vector (k, d), labelled malicious, raises the smooth count of benign rows stopped."""
    benign = on.Z[on.seen.y == BENIGN]
    chance = pull(model, benign, 0)
    wish = (chance * (1 - chance)) @ with_one(benign)
    return np.asarray(-pull(model, Z, MALICIOUS) * (with_one(Z) @ np.linalg.solve(hessian(model, on.Z), wish)))


def hessian(model: Linear, Z: Floats) -> Floats:
    """The second derivative (d + 1, d + 1) of what training minimises."""
    chance, wide = pull(model, Z, 0), with_one(Z)
    regular = np.append(np.full(Z.shape[1], 1 / C), _TINY)
    return np.asarray((wide * (chance * (1 - chance))[:, None]).T @ wide + np.diag(regular))
