"""The focused attack: spam that holds the words of one awaited mail, so that this mail is taken for spam."""

from __future__ import annotations

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, additions, nothing
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
    that it looks like spam and few are alike. Several benign targets share the mails evenly; without one he does nothing.

    Raises InvalidInput where `guessed` lies outside [0, 1].

    >>> own = Batch(texts(["win cash"] * 4), np.ones(4, dtype=np.int64))
    >>> bid = Batch(texts(["our sealed bid for the bridge"]), np.zeros(1, dtype=np.int64))
    >>> from amlsec.space.text import TextSpace
    >>> scene = Scene(own, 100, TextSpace([]), target=bid)
    >>> focused(scene, budget=PoisonBudget(0.01), rng=np.random.default_rng(3)).added.X
    array(['win cash our sealed the'], dtype=object)
    """
    if not 0 <= guessed <= 1:
        raise InvalidInput("guessed", guessed, "must lie in [0, 1]")
    count = budget.rows(of=scene.total)
    targets = scene.own.X[:0] if scene.target is None else scene.target.labelled(BENIGN).X
    if not count or not len(targets):
        return nothing(scene.own)
    guesses = [_guess(target, guessed, rng) for target in targets]
    covers = _covers(scene.own.labelled(MALICIOUS).X, count, rng)
    mails = [f"{cover} {guesses[i % len(guesses)]}".strip() for i, cover in enumerate(covers)]
    return additions(Batch(texts(mails), np.full(count, MALICIOUS)))


def _guess(target: str, guessed: float, rng: np.random.Generator) -> str:
    words = list(dict.fromkeys(target.split()))
    known = rng.random(len(words)) < guessed
    return " ".join(word for word, knows in zip(words, known, strict=True) if knows)


def _covers(spam: Rows, count: int, rng: np.random.Generator) -> Rows:
    """The spam each mail is dressed as; bare mails where he has none."""
    return rng.choice(spam, count) if len(spam) else texts([""] * count)
