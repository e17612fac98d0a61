"""The dictionary attack: spam that holds every word, so that every word becomes evidence of spam."""

from __future__ import annotations

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import MALICIOUS, Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, additions, nothing
from amlsec.space.contract import Space
from amlsec.space.text import TextSpace
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P03",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("nelson2008exploiting",),
)
def dictionary(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Send mails that hold all words of a dictionary, so that ham no longer gets through.

    The words are those of the scene's text space. Every mail holds each of them once, as in Nelson et al. (2008);
    the order is shuffled from mail to mail. Word-counting filters see no difference, but mails that are
    the same to the letter would be dropped as duplicates, and would all fall into one part of a partition ensemble.

    Raises InvalidInput where the space has no words to offer because it is not a text space.

    >>> from amlsec.data import texts
    >>> own = Batch(texts(["win cash"] * 4), np.ones(4, dtype=np.int64))
    >>> scene = Scene(own, 100, TextSpace(["apple", "book", "cat"]))
    >>> poison = dictionary(scene, budget=PoisonBudget(0.02), rng=np.random.default_rng(0))
    >>> poison.added.X, poison.added.y
    (array(['cat apple book', 'cat book apple'], dtype=object), array([1, 1]))
    """
    words = _words(scene.space)
    count = budget.rows(of=scene.total)
    if not len(words) or not count:
        return nothing(scene.own)
    mails = texts([" ".join(rng.permutation(words)) for _ in range(count)])
    return additions(Batch(mails, np.full(count, MALICIOUS)))


def _words(space: Space) -> Rows:
    if not isinstance(space, TextSpace):
        raise InvalidInput("space", space.kind, "must be a text space: its words are the dictionary")
    return texts(space.words)
