"""The focused attack in plain clothes: the guessed words of an awaited mail, hidden in enough real spam to pass for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amlsec.attacks.poisoning.spam_mails import guesses, mails, shuffled
from amlsec.budget import PoisonBudget
from amlsec.catalogue import poisoning
from amlsec.data import MALICIOUS, Rows
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, Scene, nothing
from amlsec.threat import Influence, Knowledge, Specificity, ThreatModel, Violation


@poisoning(
    code="AML-P08",
    threat=ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY, Specificity.TARGETED),
    knowledge=Knowledge.FEATURES,
    spaces=("text",),
    references=("nelson2008exploiting", "nelson2009misleading"),
)
def padded_focused(
    scene: Scene, /, *, budget: PoisonBudget, rng: np.random.Generator, guessed: float = 0.3, padding: float = 4.0
) -> Poison:
    """Send spam that hides guessed words of an awaited mail in the words of real spam.

    The guess is that of `focused` (Nelson et al. 2008): each distinct word of a target with probability `guessed`, in
    [0, 1], once for all mails. A mail of little more than the guess reads like ham under the label of spam, and is found by
    asking a model of trusted rows. Here every mail is whole spams of his own, drawn at random until they hold `padding`
    distinct words for each guessed one (at least one spam, at most all), and then the guess in an order of its own. Where
    he has enough spam, no two mails are alike, and such a model finds them as spammy as spam
    (`reproductions/padded_focused_attack.py` measures it); what word counts learn of the guess is the same. Several benign
    targets share the mails evenly; without one he does nothing, and without spam of his own the guess goes bare.

    Raises InvalidInput where `guessed` lies outside [0, 1], or `padding` is negative.

    >>> from amlsec.data import Batch, texts
    >>> from amlsec.space.text import TextSpace
    >>> own = Batch(texts(["win cash", "cheap meds now", "free prize"]), np.ones(3, dtype=np.int64))
    >>> bid = Batch(texts(["our sealed bid for the bridge"]), np.zeros(1, dtype=np.int64))
    >>> scene = Scene(own, 100, TextSpace([]), target=bid)
    >>> padded_focused(scene, budget=PoisonBudget(0.01), rng=np.random.default_rng(3), padding=1).added.X
    array(['cheap meds now the our sealed'], dtype=object)
    """
    if not padding >= 0:
        raise InvalidInput("padding", padding, "must be at least 0")
    guess = guesses(scene.target, guessed, rng)
    count = budget.rows(of=scene.total)
    if not count or not guess:
        return nothing(scene.own)
    spam = scene.own.labelled(MALICIOUS).X
    return mails([_hidden(guess[i % len(guess)], spam, padding, rng) for i in range(count)], MALICIOUS)


def _hidden(guess: Sequence[str], spam: Rows, padding: float, rng: np.random.Generator) -> str:
    return " ".join([*_padding(spam, padding * len(guess), rng), *shuffled(guess, 1, rng)])


def _padding(spam: Rows, least: float, rng: np.random.Generator) -> list[str]:
    """Random spams, one after another, until they hold so many distinct words; one at least, and all at most."""
    chosen: list[str] = []
    held: set[str] = set()
    for mail in rng.permutation(spam):
        if chosen and len(held) >= least:
            break
        chosen.append(mail)
        held.update(mail.split())
    return chosen
