"""The spam attacks, played as games against SpamBayes: by who controls a share of the mails, and no more."""

import numpy as np
import pytest

from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.evaluation.games import poisoning_game
from amlsec.evaluation.ground import Ground, parted
from amlsec.evaluation.play import Play
from amlsec.space.text import TextSpace
from mails_and_blobs import HAM

STOPS_WHAT_IS_NOT_HAM, STOPS_SPAM = 0.15, 0.9
SOLD = [f"sale{k}" for k in range(400)]


def mail(k, label, rng):
    """A ham speaks of a few usual things and of its own; a spam sells seven things of many."""
    own = [*rng.choice(HAM, 3), *(f"own{k}x{j}" for j in range(12))] if label == 0 else rng.choice(SOLD, 7)
    return " ".join(own)


def ground(threshold):
    rng = np.random.default_rng(0)
    y = np.arange(1200) % 2
    parts = parted(Batch(texts([mail(k, label, rng) for k, label in enumerate(y)]), y), None, rng)
    space = TextSpace(HAM)
    offers = {"estimator": SpamBayes(threshold=threshold), "register": None, "space": space, "random_state": 0}
    return Ground(space=space, offers=offers, **parts)


def won(attack, threshold, share):
    """The share of rows won by the attack that were not the attacker's before."""
    played = Play(ground(threshold), named(attack), None, PoisonBudget(share), np.random.default_rng(0))
    outcome = poisoning_game(played)
    assert outcome.before < 0.05
    return outcome.gained / outcome.trials


@pytest.mark.parametrize(
    ("attack", "threshold"),
    [
        ("pseudospam", STOPS_SPAM),
        ("dictionary", STOPS_WHAT_IS_NOT_HAM),
        ("optimal-dictionary", STOPS_WHAT_IS_NOT_HAM),
        ("focused", STOPS_WHAT_IS_NOT_HAM),
        ("padded-focused", STOPS_WHAT_IS_NOT_HAM),
    ],
)
def test_a_tenth_of_the_mails_wins_half_of_the_rows_and_none_wins_nothing(attack, threshold):
    assert won(attack, threshold, 0.0) == 0
    assert won(attack, threshold, 0.1) > 0.5
