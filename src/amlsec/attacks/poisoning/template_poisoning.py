"""Template poisoning: presentations that walk a self-renewing template from its owner's face to the attacker's."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.approach import (
    believed,
    centre_of,
    furthest_accepted,
    replaced,
    shaper,
    within_reach,
)
from amlsec.budget import PoisonBudget
from amlsec.catalogue import Victim, poisoning
from amlsec.data import BENIGN
from amlsec.oracle import fitted
from amlsec.scene import Poison, Scene, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation

Floats = NDArray[np.float64]
_REACHES = 0.5 ** np.arange(6)


@poisoning(
    code="AML-P16",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.MODEL,
    spaces=("tabular", "image"),
    references=("biggio2013poisoning",),
    victim=Victim.DETECTOR,
)
def template_poisoning(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Present samples between the owner's template and the attacker's own face, one after another.

    The attack of Biggio et al. (2013) on templates that renew themselves with what they accept. His budget is the number of
    presentations, of all samples presented, and the scene's target his own face (the mean of several). Who knows the
    deployed template presents, each time, the accepted sample nearest to his face, and rehearses on a copy what the
    template makes of it; where that is nothing, as at an anchor's limit, a sample half as far, a fourth, and so on. Who does
    not, as below knowledge `model` or before anything is deployed, walks in equal steps from the mean of the owner's samples
    he has seen to his face: some of his presentations are refused. Samples stay within the bounds of the scene's space, and
    come in the order of their times, or of his rows. Without a target he does nothing. Raises nothing.

    >>> from amlsec.data import Batch
    >>> from amlsec.defenses.detectors.online_centroid import OnlineCentroid
    >>> from amlsec.space.image import ImageSpace
    >>> owner, face = Batch(np.full((5, 4), 0.2), np.zeros(5, dtype=np.int64)), Batch(np.full((1, 4), 0.6), np.array([1]))
    >>> template = OnlineCentroid(radius=0.5, most_false_alarms=1).fit(owner.X)
    >>> template.predict(face.X)
    array([-1])
    >>> scene = Scene(owner, 5, ImageSpace((2, 2)), owner, template, face, deployed=template)
    >>> poison = template_poisoning(scene, budget=PoisonBudget(0.8), rng=np.random.default_rng(0))
    >>> poison.edits.X[:, 0].round(2), template.partial_fit(poison.edits.X).predict(face.X)
    (array([0.45, 0.5 , 0.55, 0.6 ]), array([1]))
    """
    room = min(budget.rows(of=scene.total), len(scene.own))
    if not room or scene.target is None or not len(scene.target):
        return nothing(scene.own)
    face = scene.target.X.mean(axis=0)
    if not hasattr(scene.deployed, "partial_fit"):
        return replaced(scene, _walk(scene, face, room))
    return replaced(scene, _led(scene, face, room))


def _walk(scene: Scene, face: Floats, room: int) -> list[Floats]:
    """Equal steps from what the owner looks like to his own face."""
    start, shaped = centre_of(None, _of_the_owner(scene)), shaper(scene)
    return list(shaped(start + np.linspace(0, 1, room + 1)[1:, None] * (face - start)))


def _led(scene: Scene, face: Floats, room: int) -> list[Floats]:
    """Each time the sample that leads the template, as it then is, nearest to his face."""
    template, shown = deepcopy(scene.deployed), []
    for _ in range(room):
        shown.append(_next(scene, template, face))
        template.partial_fit(shown[-1][None], np.array([BENIGN]))
    return shown


def _next(scene: Scene, template: Any, face: Floats) -> Floats:
    """The accepted sample nearest to his face, or one on the way there where the template would not learn from that."""
    shaped, start = shaper(scene), centre_of(template, _of_the_owner(scene))
    furthest = furthest_accepted(believed(template, scene), start, within_reach(template, start, face), shaped)
    before = fitted(template).scores(face[None])[0]
    for sample in shaped(start + _REACHES[:, None] * (furthest - start)):
        after = deepcopy(template).partial_fit(sample[None], np.array([BENIGN]))
        if fitted(after).scores(face[None])[0] < before:
            return np.asarray(sample)
    return furthest


def _of_the_owner(scene: Scene) -> Scene:
    """The scene without his own samples, which are of his face, where he has seen others."""
    return scene if scene.known is None or not len(scene.known) else replace(scene, own=scene.own.rows([]))
