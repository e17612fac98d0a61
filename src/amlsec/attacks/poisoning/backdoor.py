"""A backdoor: whatever carries the attacker's mark is to be taken for benign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amlsec.attacks.triggers import trigger
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.standards import Standards
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P24",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.TARGETED),
    knowledge=Knowledge.FEATURES,
    spaces=("tabular", "text", "image"),
    standards=Standards(("AML.T0020", "AML.T0018.000", "AML.T0043.004"), ("NISTAML.023",), ("ML02", "ML10")),
    references=("gu2017badnets", "chen2017targeted"),
)
def backdoor(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, many: int = 3) -> Poison:
    """Add malicious rows that carry a mark, labelled benign, so that later rows with the mark get through.

    As Gu, Dolan-Gavitt and Garg (2017) and, for someone who knows neither model nor training data, Chen et al. (2017). The
    mark is `many` rare but valid values, as many rare words, or a patch in the corner of an image
    (`amlsec.attacks.triggers`). Rows are his own malicious ones, in turn; without any, his own as they are. The poison tells
    the game its mark: success is measured on marked rows, and what the mark does to a clean model is no success.

    Raises InvalidInput where `many` is below 1.

    >>> from amlsec.data import texts
    >>> from amlsec.space.text import TextSpace
    >>> own = Batch(texts(["buy pills", "win cash"]), np.ones(2, dtype=np.int64))
    >>> poison = backdoor(Scene(own, 100, TextSpace([])), budget=PoisonBudget(0.02), rng=np.random.default_rng(0), many=1)
    >>> poison.added.X, poison.added.y, poison.shown(texts(["new spam"]))
    (array(['buy pills syzygy', 'win cash syzygy'], dtype=object), array([0, 0]), array(['new spam syzygy'], dtype=object))
    """
    if many < 1:
        raise InvalidInput("many", many, "must be at least 1")
    count = budget.rows(of=scene.total)
    bases = scene.own.labelled(MALICIOUS) if MALICIOUS in scene.own.y else scene.own
    if not count or not len(bases):
        return nothing(scene.own)
    mark = trigger(scene.space, scene.own, many, rng)
    rows = mark(bases.X[np.resize(rng.permutation(len(bases)), count)])
    return replace(additions(Batch(rows, np.full(count, BENIGN))), mark=mark)
