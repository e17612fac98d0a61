"""The pseudospam attack: mails that read like ham and hold the words of his coming campaign, so that it gets through."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.poisoning.spam_mails import mails
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Rows, texts
from amlsec.scene import Poison, Scene, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P06",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("nelson2009misleading",),
)
def pseudospam(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Send mails that are taken for ham and hold the words of his coming spam, so that it gets through.

    Nelson et al. (2009): what the filter knows his campaign by stands in ham too, and tells nothing any more. The campaign
    is the spam he controls. Every mail is a ham of his own, so that whoever labels it says benign (this cover is ours), and
    then the distinct words of one mail of the campaign in an order of their own; all mails of the campaign are used about
    equally often, so the words stand in his ham as often as they will in his spam. Without ham of his own the words go
    bare; without a campaign he does nothing. Raises nothing.

    >>> from amlsec.data import Batch
    >>> from amlsec.space.text import TextSpace
    >>> own = Batch(texts(["see you at lunch", "cheap pills"]), np.array([0, 1]))
    >>> scene = Scene(own, 100, TextSpace([]))
    >>> poison = pseudospam(scene, budget=PoisonBudget(0.02), rng=np.random.default_rng(4))
    >>> poison.added.X, poison.added.y
    (array(['see you at lunch cheap pills', 'see you at lunch pills cheap'],
          dtype=object), array([0, 0]))
    """
    campaign, ham = (scene.own.labelled(label).X for label in (MALICIOUS, BENIGN))
    count = budget.rows(of=scene.total)
    if not count or not len(campaign):
        return nothing(scene.own)
    pairs = zip(_in_turn(ham, count, rng), _in_turn(campaign, count, rng), strict=True)
    return mails([_both(cover, spam, rng) for cover, spam in pairs], BENIGN)


def _in_turn(rows: Rows, count: int, rng: np.random.Generator) -> Rows:
    """So many of these texts, each about equally often, in random order; empty ones where there are none."""
    if not len(rows):
        return texts([""] * count)
    return rng.permutation(np.resize(rng.permutation(rows), count))


def _both(cover: str, spam: str, rng: np.random.Generator) -> str:
    return " ".join([cover, *rng.permutation(list(dict.fromkeys(spam.split())))]).strip()
