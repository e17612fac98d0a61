"""Gradient matching: rightly labelled rows, changed so that training on them is training on the target under a lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amlsec.attacks.backprop import Differentiable, Floats, surrogate
from amlsec.attacks.linear_plan import Stage, stage
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.errors import InvalidInput
from amlsec.rehearsal import Rehearsal, best
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

_STEPS = 40


@poisoning(
    code="AML-P23",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "image"),
    references=("geiping2021witches",),
)
def gradient_matching(
    scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, reach: float = 0.5, many: int = 2
) -> Poison:
    """Change benign rows a little, so that their training gradient points where the target's would if it were benign.

    Geiping et al. (2021): each row keeps its true label, benign, and moves at most `reach`, in (0, 1], of what half of the
    rows used would pay for the whole way to the malicious target. Steps go up the cosine between the sum of the rows'
    gradients and the target's under the wanted label, in closed form for logistic regression on standardised columns,
    by backpropagation for a perceptron with one hidden layer where the learner is one. Rows start as the benign rows
    nearest to the target. Of `many` climbs, at least 1, the first climbs the inner product instead, which the rows' small
    gradients make the stronger one at times, the third and later ones start from rows varied at random; the one that does
    most in rehearsal is carried out. Of several targets the first malicious one is his. He knows at most 1,000 rows.

    Raises InvalidInput where `reach` or `many` is out of range.

    >>> from amlsec.space.tabular import infer
    >>> from sklearn.linear_model import LogisticRegression
    >>> y = np.arange(100) % 2
    >>> rows = Batch(np.random.default_rng(0).normal(size=(100, 2)) + 3.0 * y[:, None], y)
    >>> target = Batch(np.array([[1.7, 1.7]]), np.array([1]))
    >>> scene = Scene(rows.rows([]), 100, infer(rows.X, ["a", "b"]), rows, LogisticRegression(), target)
    >>> poison = gradient_matching(scene, budget=PoisonBudget(0.3), rng=np.random.default_rng(0))
    >>> after = rows + poison.added
    >>> [int(LogisticRegression().fit(some.X, some.y).predict(target.X)[0]) for some in (rows, after)]
    [1, 0]
    """
    if not 0 < reach <= 1:
        raise InvalidInput("reach", reach, "must lie in (0, 1]")
    if many < 1:
        raise InvalidInput("many", many, "must be at least 1")
    targets = scene.own.X[:0] if scene.target is None else scene.target.labelled(MALICIOUS).X
    on = stage(scene, budget, rng)
    if on is None or not len(targets):
        return nothing(scene.own)
    rehearsal = Rehearsal(on.scene, rng, wanted=BENIGN, victims=targets[:1])
    climb = _climb(on, targets[:1], reach)
    poisons = [additions(Batch(climb.up(k, rng), np.full(on.count, BENIGN))) for k in range(many)]
    return best(poisons, rehearsal)


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """Where rows start, how far they may go, and what they are to match.

    Attributes
    ----------
    bases : benign rows (k, d)
    limit : the most that a row's change may cost
    wanted : the target's gradient (p,) under the wanted label, of length 1
    """

    on: Stage
    model: Differentiable
    bases: Rows
    limit: float
    wanted: Floats

    def up(self, kind: int, rng: np.random.Generator) -> Rows:
        """The rows (k, d) after the steps of one climb, the best on the way."""
        space = self.on.scene.space
        X = self.bases if kind < 2 else space.sample(self.bases, self.limit, rng)
        kept, highest = X, -np.inf
        for step in np.linspace(1.0, 0.05, _STEPS):
            Z = self.on.view.vectors(X)
            total = self.model.gradients(Z, BENIGN).sum(axis=0)
            match, along = (inner if kind == 0 else cosine)(total, self.wanted)
            if match > highest:
                kept, highest = X, match
            slopes = self.model.slopes(Z, BENIGN, along)
            length = np.linalg.norm(slopes, axis=1, keepdims=True)
            moved = self.on.view.rows(Z + step * slopes / np.where(length > 0, length, 1.0), X, rng)
            X = space.project(self.bases, moved, self.limit)
        return kept


def inner(total: Floats, wanted: Floats) -> tuple[float, Floats]:
    """The inner product of the rows' gradient (p,) and the wanted one, and its derivative by the rows' gradient."""
    return float(total @ wanted), wanted


def cosine(total: Floats, wanted: Floats) -> tuple[float, Floats]:
    """The cosine between the rows' gradient (p,) and the wanted one, which has length 1, and its derivative by the former.

    >>> cosine(np.array([3.0, 0.0]), np.array([0.0, 1.0]))
    (0.0, array([0.        , 0.33333333]))
    """
    length = float(np.linalg.norm(total)) or 1.0
    match = float(total @ wanted) / length
    return match, (wanted - match * total / length) / length


def _climb(on: Stage, target: Rows, reach: float) -> Climb:
    space, (goal,) = on.scene.space, on.view.vectors(target)
    benign = on.seen.labelled(BENIGN).X
    nearest = np.argsort(np.linalg.norm(on.view.vectors(benign) - goal, axis=1), kind="stable")
    bases = benign[np.resize(nearest[: on.count], on.count)]
    model = surrogate(on.scene.learner, on.Z, on.seen.y)
    wanted = model.gradients(goal[None], BENIGN)[0]
    way = space.cost(bases, space.project(bases, np.repeat(target, len(bases), axis=0), np.inf))
    return Climb(on, model, bases, reach * float(np.median(way)), wanted / (np.linalg.norm(wanted) or 1.0))
