"""The dictionary attack: spam that holds every word, so that every word becomes evidence of spam."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amlsec.attacks.poisoning.spam_mails import mails, shuffled
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import MALICIOUS
from amlsec.scene import Poison, Scene, nothing
from amlsec.space.text import TextSpace, textual
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P03",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.INDISCRIMINATE),
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("nelson2008exploiting",),
)
def dictionary(
    scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, words: Sequence[str] | None = None
) -> Poison:
    """Send mails that hold all words of a dictionary, so that ham no longer gets through.

    Every mail holds each of the words once, as in Nelson et al. (2008), in an order of its own. `words` is the
    dictionary; without one it is what the scene's text space lets him add. The paper's two lists have likenesses that are
    easy to get: for Aspell's dictionary the headwords of Debian's dict-gcide or the spellings of wamerican, for the most
    frequent words of Usenet `wordfreq.top_n_list("en", 90_000)` from PyPI. `optimal_dictionary` takes the words of the
    mails he has seen.

    Raises InvalidInput where the space is not a text space, or a word holds white space.

    >>> from amlsec.data import Batch, texts
    >>> own = Batch(texts(["win cash"] * 4), np.ones(4, dtype=np.int64))
    >>> scene = Scene(own, 100, TextSpace(["apple", "book", "cat"]))
    >>> poison = dictionary(scene, budget=PoisonBudget(0.02), rng=np.random.default_rng(0))
    >>> poison.added.X, poison.added.y
    (array(['cat apple book', 'cat book apple'], dtype=object), array([1, 1]))
    """
    chosen = (textual(scene.space) if words is None else TextSpace(words)).words
    count = budget.rows(of=scene.total)
    if not chosen or not count:
        return nothing(scene.own)
    return mails(shuffled(chosen, count, rng), MALICIOUS)
