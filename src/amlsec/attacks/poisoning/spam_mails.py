"""Mails a spammer writes to be trained on: the steps that his attacks share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amlsec.data import BENIGN, Batch, texts
from amlsec.errors import InvalidInput
from amlsec.scene import Poison, additions


def mails(written: Sequence[str], label: int) -> Poison:
    """These mails as new rows under one label."""
    return additions(Batch(texts(written), np.full(len(written), label)))


def shuffled(words: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """So many mails that hold each of the words once, each in an order of its own.

    Word-counting filters see no difference, but mails that are the same to the letter would be dropped as duplicates, and
    would all fall into one part of a partition ensemble.

    >>> shuffled(["a", "b", "c"], 2, np.random.default_rng(0))
    ['c a b', 'c b a']
    """
    return [" ".join(words[k] for k in rng.permutation(len(words))) for _ in range(count)]


def guesses(target: Batch | None, guessed: float, rng: np.random.Generator) -> list[list[str]]:
    """For each benign target its distinct words, each known with probability `guessed`, in [0, 1]; else InvalidInput.

    >>> guesses(Batch(texts(["our bid for our bridge"]), np.array([0])), 0.5, np.random.default_rng(2))
    [['our', 'bid', 'bridge']]
    """
    if not 0 <= guessed <= 1:
        raise InvalidInput("guessed", guessed, "must lie in [0, 1]")
    awaited = [] if target is None else list(target.labelled(BENIGN).X)
    return [_guess(list(dict.fromkeys(mail.split())), guessed, rng) for mail in awaited]


def _guess(words: Sequence[str], guessed: float, rng: np.random.Generator) -> list[str]:
    known = rng.random(len(words)) < guessed
    return [word for word, knows in zip(words, known, strict=True) if knows]
