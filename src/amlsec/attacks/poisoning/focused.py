"""The focused attack: spam that holds the words of one awaited mail, so that this mail is taken for spam."""

from __future__ import annotations

import numpy as np

from amlsec.attacks.poisoning.spam_mails import guesses, mails
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import MALICIOUS, Rows, texts
from amlsec.scene import Poison, Scene, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P04",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.TARGETED),
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("nelson2008exploiting",),
)
def focused(scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, guessed: float = 0.3) -> Poison:
    """Send spam that holds guessed words of an awaited mail, so that this mail does not get through.

    He guesses each distinct word of a target with probability `guessed`, in [0, 1], once for all his mails, as in
    Nelson et al. (2008). Every mail is one target's guess after the text of a random spam of his own, so
    that it looks like spam and few are alike. In the paper it is a spam's header only, as it is here where he controls no
    more than headers; `padded_focused` hides the guess in more spam. Several benign targets share the mails evenly;
    without one he does nothing.

    Raises InvalidInput where `guessed` lies outside [0, 1].

    >>> from amlsec.data import Batch
    >>> own = Batch(texts(["win cash"] * 4), np.ones(4, dtype=np.int64))
    >>> bid = Batch(texts(["our sealed bid for the bridge"]), np.zeros(1, dtype=np.int64))
    >>> from amlsec.space.text import TextSpace
    >>> scene = Scene(own, 100, TextSpace([]), target=bid)
    >>> focused(scene, budget=PoisonBudget(0.01), rng=np.random.default_rng(3)).added.X
    array(['win cash our sealed the'], dtype=object)
    """
    guess = guesses(scene.target, guessed, rng)
    count = budget.rows(of=scene.total)
    if not count or not guess:
        return nothing(scene.own)
    covers = _covers(scene.own.labelled(MALICIOUS).X, count, rng)
    return mails([" ".join([cover, *guess[i % len(guess)]]).strip() for i, cover in enumerate(covers)], MALICIOUS)


def _covers(spam: Rows, count: int, rng: np.random.Generator) -> Rows:
    """The spam each mail is dressed as; bare mails where he has none."""
    return rng.choice(spam, count) if len(spam) else texts([""] * count)
