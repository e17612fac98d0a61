"""One source turned hostile: the worst of several recipes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from amlsec.attacks.poisoning.adversarial_flips import adversarial_flips, trained
from amlsec.attacks.poisoning.random_flips import random_flips
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Rows, split
from amlsec.scene import Poison, Scene, contaminate, edits, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

_JITTER = 1.0
"""How far a varied copy strays from its model, in the unit of the space's cost."""


@poisoning(
    code="AML-P05",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.MODEL,
    references=("barreno2010security", "xiao2012adversarial"),
)
def hostile_source(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Turn one source's rows hostile by the recipe that lets most malicious rows through.

    The worst case of Barreno et al. (2010) for whoever owns one source: he rehearses random flips, adversarial flips,
    copies of known malicious rows labelled benign, and such copies varied by at most 1 unit of cost. A rehearsal is the
    attack at half its size on half of the rows he knows, judged by the share of the other half's malicious rows that
    pass, and then by their mean score; halves share no content and change places. The best recipe is carried out with
    all he knows. Where he cannot rehearse, adversarial flips it is. Raises nothing.

    >>> from amlsec.data import Batch
    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.space.tabular import infer
    >>> rng = np.random.default_rng(0)
    >>> rows = Batch(rng.normal(size=(60, 1)) + np.repeat([[0.0], [3.0]], 30, axis=0), np.repeat([0, 1], 30))
    >>> own, known = rows.rows(slice(20, 40)), rows.drop(np.arange(20, 40))
    >>> scene = Scene(own, 60, infer(rows.X, ["links"]), known, LogisticRegression())
    >>> poison = hostile_source(scene, budget=PoisonBudget(0.3), rng=rng)
    >>> len(poison), int(poison.edits.y.sum())
    (18, 0)
    """
    if not min(budget.rows(of=scene.total), len(scene.own)):
        return nothing(scene.own)
    best = max(_RECIPES, key=_judge(scene, budget, rng))
    return best(scene, budget=budget, rng=rng)


def _copies(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """His rows become known malicious rows labelled benign."""
    room = min(budget.rows(of=scene.total), len(scene.own))
    models = (scene.own if scene.known is None else scene.known + scene.own).labelled(MALICIOUS)
    if not len(models):
        return nothing(scene.own)
    copies = models.rows(rng.integers(len(models), size=room))
    return edits(rng.permutation(len(scene.own))[:room], copies.relabelled(np.full(room, BENIGN)))


def _varied_copies(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """The same, each copy a little different, so that no two rows need be equal."""
    poison = _copies(scene, budget=budget, rng=rng)
    return replace(poison, edits=replace(poison.edits, X=scene.space.sample(poison.edits.X, _JITTER, rng)))


_RECIPES = (adversarial_flips, random_flips, _copies, _varied_copies)
_Recipe = Callable[..., Poison]


def _judge(scene: Scene, budget: PoisonBudget, rng: np.random.Generator) -> Callable[[_Recipe], tuple[float, float]]:
    """How well a recipe does in rehearsal: share of the malicious rows let through, then how benign they look."""
    rehearsals = _rehearsals(scene, rng)

    def judged(recipe: _Recipe) -> tuple[float, float]:
        outcomes = [_outcome(stage, quiz, recipe(stage, budget=budget, rng=rng)) for stage, quiz in rehearsals]
        passed, benign = np.mean(outcomes, axis=0)
        return float(passed), float(benign)

    return judged


def _rehearsals(scene: Scene, rng: np.random.Generator) -> list[tuple[Scene, Rows]]:
    """The attack at half its size, on each half of what he knows, and the other half's malicious rows to judge it by."""
    known = scene.own.rows(slice(0)) if scene.known is None else scene.known
    one, two = split(known, (0.5, 0.5), rng)
    mine = scene.own.rows(rng.permutation(len(scene.own))[: (len(scene.own) + 1) // 2])
    stage = replace(scene, own=mine, total=(scene.total + 1) // 2)
    return [(replace(stage, known=seen), unseen.labelled(MALICIOUS).X) for seen, unseen in ((one, two), (two, one))]


def _outcome(stage: Scene, quiz: Rows, poison: Poison) -> tuple[float, float]:
    """Share of the quiz that a learner lets through after this poison, and minus its mean score of the quiz."""
    seen = stage.own.rows(slice(0)) if stage.known is None else stage.known
    own = len(seen) + np.arange(len(stage.own))
    model = trained(stage.learner, contaminate(seen + stage.own, own, poison))
    if model is None or not len(quiz):
        return 0.0, -np.inf
    return float((model.labels(quiz) == BENIGN).mean()), -float(model.scores(quiz).mean())
