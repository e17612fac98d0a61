"""The optimal dictionary attack: spam that holds every word ever seen in the mails the filter learns from."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.poisoning.spam_mails import mails, shuffled
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import MALICIOUS
from amlsec.scene import Poison, Scene, nothing
from amlsec.space.text import textual
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P07",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.DATA,
    spaces=("text",),
    references=("nelson2008exploiting", "nelson2009misleading"),
)
def optimal_dictionary(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Send mails that hold all words of the training mails, so that no ham gets through.

    The strongest of the dictionary attacks of Nelson et al. (2008): of all mails, one that holds every token raises the
    expected score of a future ham most. His words are those of the mails he has seen and of his own, as written, so that
    tokens which no published list holds (names, numbers, misspellings) are among them. Every mail holds each of them
    once, in an order of its own.

    Raises InvalidInput where the space is not a text space.

    >>> from amlsec.data import Batch, texts
    >>> from amlsec.space.text import TextSpace
    >>> seen = Batch(texts(["agenda 4pm", "lunch"]), np.zeros(2, dtype=np.int64))
    >>> own = Batch(texts(["win lunch"]), np.ones(1, dtype=np.int64))
    >>> scene = Scene(own, 100, TextSpace([]), known=seen)
    >>> optimal_dictionary(scene, budget=PoisonBudget(0.01), rng=np.random.default_rng(0)).added.X
    array(['lunch agenda 4pm win'], dtype=object)
    """
    textual(scene.space)
    seen = scene.own if scene.known is None else scene.known + scene.own
    words = list(dict.fromkeys(word for mail in seen.X for word in mail.split()))
    count = budget.rows(of=scene.total)
    if not words or not count:
        return nothing(scene.own)
    return mails(shuffled(words, count, rng), MALICIOUS)
