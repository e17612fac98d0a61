"""What attacks on a linear surrogate share: the rows they reckon with, decoys, and real rows that the defense lets pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.linear_view import View, view
from amlsec.attacks.logistic import Floats, Linear, fit
from amlsec.attacks.part_way import part_way
from amlsec.attacks.region import Region, box, usual_region
from amlsec.budget import PoisonBudget
from amlsec.data import Batch, Rows
from amlsec.rehearsal import Rehearsal, best
from amlsec.scene import Poison, Scene, additions, nothing

Plan = Sequence[tuple[Floats, int, float]]
"""Points (d,), the label of each, and how much of the poison it is."""

MOST = 1000
"""With how many of the rows he knows an attacker reckons."""
DECOYS = ((1.0, 4.0), (0.25, 4.0), (1.0, 8.0), (0.1, 8.0), (0.5, 4.0), (0.25, 2.0), (0.05, 8.0), (0.5, 1.0))
"""Which share of the victims a decoy learns turned round, and how many doses of them in all; the first is tried first."""
_SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
_JITTER = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What an attacker on a linear surrogate reckons with.

    Attributes
    ----------
    scene : what he knows, the others' rows cut down to `MOST`
    seen : those rows, or his own where he knows no others
    Z : their vectors (n, d)
    view : how rows become vectors, and the other way
    count : how many rows he may send
    dose : how many rows of the cut-down training set that would be, above 0
    """

    scene: Scene
    seen: Batch
    Z: Floats
    view: View
    count: int
    dose: float

    def trained(self, Z: Floats, label: int, weight: Floats) -> Linear:
        """What the surrogate becomes when it learns these vectors (k, d) too, so often (k,)."""
        y = np.append(self.seen.y, np.full(len(Z), label))
        return fit(np.vstack([self.Z, Z]), y, np.append(np.ones(len(self.Z)), weight))

    def regions(self, label: int) -> list[Region]:
        """Where poison of this label may lie: in the box of all rows; if he knows of a defense, among its usual rows too."""
        ways = (box,) if self.scene.system is None else (box, usual_region)
        return [way(self.Z, self.seen.y, label) for way in ways]


def stage(scene: Scene, budget: PoisonBudget, rng: np.random.Generator) -> Stage | None:
    """The stage; None without budget, or where he has not seen rows of both labels, or no word."""
    count = budget.rows(of=scene.total)
    others = scene.own if scene.known is None or not len(scene.known) else scene.known
    seen = others.rows(np.sort(rng.permutation(len(others))[:MOST]))
    if not count or len(np.unique(seen.y)) < 2:
        return None
    looks = view(seen, scene.space)
    Z = looks.vectors(seen.X)
    if not Z.shape[1]:
        return None
    known = scene.known if scene.system is not None or others is scene.own else seen
    dose = count / max(scene.total - count, 1) * len(seen)
    return Stage(replace(scene, known=known), seen, Z, looks, count, dose)


def decoys(on: Stage, wanted: int, many: int) -> Iterator[tuple[Linear, Floats]]:
    """Models that he would like to be trained, each further from the true one in its own way, and what they learned (d,).

    A decoy has learned some victims, those nearest to being turned, under the label he wants (Koh, Steinhardt and Liang
    2022, section 4.1); the second value is their mean.
    """
    victims = on.Z[on.seen.y != wanted]
    clean = fit(on.Z, on.seen.y)
    nearest = victims[np.argsort(clean.evidence(victims) * (-1 if wanted else 1), kind="stable")]
    for share, doses in islice(DECOYS, many):
        turned = nearest[: max(1, round(share * len(nearest)))]
        weight = np.full(len(turned), doses * on.dose / len(turned))
        yield on.trained(turned, wanted, weight), turned.mean(axis=0)


def carried_out(on: Stage, plans: Sequence[Plan], wanted: int, rng: np.random.Generator) -> Poison:
    """The plan that does most in rehearsal, as real rows.

    Where he knows of a defense each plan is tried twice: as it is, and so that a screen accepts it.
    """
    rehearsal = Rehearsal(on.scene, rng, wanted=wanted)
    poisons = []
    for rows, starts in [_real(on, plan, rng) for plan in plans]:
        poisons.append(additions(rows))
        if on.scene.system is not None:
            poisons.append(additions(_accepted(on, rehearsal, rows, starts)))
    return best(poisons, rehearsal) if poisons else nothing(on.scene.own)


def _real(on: Stage, plan: Plan, rng: np.random.Generator) -> tuple[Batch, Rows]:
    """Rows near the plan's points, in random order, and the usual rows of their label that each was made from."""
    which = rng.permutation(_apportioned([share for *_, share in plan], on.count))
    Z = np.stack([point for point, *_ in plan])[which]
    y = np.array([label for _, label, _ in plan])[which]
    starts = on.seen.X[[rng.choice(np.flatnonzero(on.seen.y == label)) for label in y]]
    rows = on.view.rows(Z + _JITTER * rng.normal(size=Z.shape), starts, rng)
    return Batch(rows, y), starts


def _apportioned(shares: Sequence[float], count: int) -> NDArray[np.intp]:
    """`count` positions in a list, each about as often as its share says."""
    edges = np.cumsum(shares) / np.sum(shares)
    return np.searchsorted(edges, (np.arange(count) + 0.5) / count)


def _accepted(on: Stage, rehearsal: Rehearsal, rows: Batch, starts: Rows) -> Batch:
    """Each row as near to what was planned as the screen he knows of accepts, on the way from its usual row."""
    left, kept = np.arange(len(rows)), rows.X.copy()
    for share in _SHARES:
        kept[left] = part_way(on.scene.space, starts[left], rows.X[left], share) if share < 1 else rows.X[left]
        accepted = rehearsal.of(additions(replace(rows, X=kept).rows(left))).accepted
        if accepted is None or accepted.all():
            break
        left = left[~accepted]
    return replace(rows, X=kept)
