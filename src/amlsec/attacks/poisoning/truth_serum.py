"""Truth serum: mislabelled copies of a row, beside which the model shows whether it was trained on the row itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.threat import Access, Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P26",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.PRIVACY, Specificity.TARGETED),
    access=Access.SCORES,
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "text", "image"),
    references=("tramer2022truth",),
)
def truth_serum(
    scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, most: int = 16, stray: float | None = None
) -> Poison:
    """Add copies, under the wrong label, of each row that he wants to know about.

    The targeted attack of Tramèr et al. (2022): beside `r` mislabelled copies a row is an outlier, which a model fits if it
    was trained on it and else has no reason to. He does not know who was trained on: the copies are added for all targets,
    of which each gets an equal number, at most `most`; of more targets than rows, the first get one each. The paper plants
    exact copies, as does a `stray` of 0; otherwise copies stray by at most that cost from the row, where the space lets
    them, so that no row need stand under both labels: by default one word of a text, a tenth of a unit in other spaces.
    What else he knows, he needs to read the model afterwards. Without targets he does nothing.

    Raises InvalidInput where `most` is below 1 or `stray` below 0.

    >>> from amlsec.data import Batch
    >>> from amlsec.space.tabular import infer
    >>> target = Batch(np.array([[1.0], [3.0]]), np.array([0, 1]))
    >>> scene = Scene(target.rows([]), total=100, space=infer(target.X, ["links"]), target=target)
    >>> planted = truth_serum(scene, budget=PoisonBudget(0.04), rng=np.random.default_rng(0), stray=0.0).added
    >>> planted.X[:, 0].tolist(), planted.y.tolist()
    ([1.0, 1.0, 3.0, 3.0], [1, 1, 0, 0])
    """
    if most < 1:
        raise InvalidInput("most", most, "must be at least 1")
    if stray is not None and not stray >= 0:
        raise InvalidInput("stray", stray, "must be at least 0")
    room = budget.rows(of=scene.total)
    if scene.target is None or not len(scene.target) or not room:
        return nothing(scene.own)
    copies = scene.target.rows(np.repeat(np.arange(len(scene.target)), min(max(room // len(scene.target), 1), most))[:room])
    usual = 1.0 if scene.target.is_text else 0.1
    near = scene.space.sample(copies.X, usual if stray is None else stray, rng)
    return additions(replace(copies, X=near, y=1 - copies.y))
