"""The pseudospam attack: mails that read like ham and hold the words of his coming campaign, so that it gets through."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.poisoning.spam_mails import mails
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, texts
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P06",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("nelson2009misleading",),
)
def pseudospam(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, held: float = 0.9) -> Poison:
    """Send mails that are taken for ham and hold the words of his coming spam, so that it gets through.

    Nelson et al. (2009): what the filter knows his campaign by stands in ham too, and tells nothing any more. The campaign
    is the spam he controls. Every mail is a ham of his own, so that whoever labels it says benign (this cover is ours), and
    then the share `held`, in (0, 1], of the campaign's distinct words, drawn anew for each mail, so that few are alike.
    Without ham of his own the words go bare; without a campaign he does nothing.

    Raises InvalidInput where `held` lies outside (0, 1].

    >>> from amlsec.data import Batch
    >>> from amlsec.space.text import TextSpace
    >>> own = Batch(texts(["see you at lunch", "cheap pills", "cheap watches"]), np.array([0, 1, 1]))
    >>> scene = Scene(own, 100, TextSpace([]))
    >>> poison = pseudospam(scene, budget=PoisonBudget(0.02), rng=np.random.default_rng(0))
    >>> poison.added.X, poison.added.y
    (array(['see you at lunch watches cheap pills',
           'see you at lunch pills watches cheap'], dtype=object), array([0, 0]))
    """
    if not 0 < held <= 1:
        raise InvalidInput("held", held, "must lie in (0, 1]")
    campaign, ham = (scene.own.labelled(label).X for label in (MALICIOUS, BENIGN))
    words = texts(list(dict.fromkeys(word for spam in campaign for word in spam.split())))
    count = budget.rows(of=scene.total)
    if not count or not len(words):
        return nothing(scene.own)
    some = max(1, round(held * len(words)))
    covers = rng.choice(ham, count) if len(ham) else texts([""] * count)
    return mails([" ".join([cover, *rng.choice(words, some, replace=False)]).strip() for cover in covers], BENIGN)
