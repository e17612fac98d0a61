"""What is played, and what comes of it.

A game is a pure function of its arguments and seed; its outcome is plain data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amlsec.catalogue import Card
from amlsec.evaluation.ground import Ground
from amlsec.layered.stack import Stack


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one game gave.

    Attributes
    ----------
    gained : rows the attacker won that he did not have before
    lost : rows he had before and no longer has
    trials : rows it is about
    before : the share of `trials_before` rows he had without the attack
    spent : what he paid: "cost" and "queries" of a median win, "rows" of poison
    certified : how many replaced rows half of the test rows bear and stay right, provably; None without a proof
    paired : whether rows could be lost too, so that the gain is a difference between two looks
    stopped : for a screen, (not accepted, all) of the poison and of the innocent rows
    examples : rows before and after, with what was changed
    interval : the ends of the share won, where they follow from more than the trials
    measured : more figures of one kind of game
    claim : of a membership game against a model that claims differential privacy: "epsilon" and "delta" claimed, the epsilon
        "proved" to be exceeded, at which "confidence", and by how many "pairs" of rows
    roc : of a membership game: (share of others claimed to be members, share of members found), at every threshold of note
    """

    gained: float
    lost: float
    trials: int
    before: float
    trials_before: int
    spent: dict[str, float] = field(default_factory=dict)
    certified: float | None = None
    paired: bool = False
    stopped: dict[str, tuple[int, int]] = field(default_factory=dict)
    examples: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    interval: tuple[float, float] | None = None
    measured: dict[str, str] = field(default_factory=dict)
    claim: dict[str, float] = field(default_factory=dict)
    roc: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Play:
    """An attack against the classifier, alone or behind a defense, within its kind's budget, from one seed.

    A poisoner who `knows_defense` is told what trains the model, its defense included.
    """

    ground: Ground
    card: Card
    defense: Card | Stack | None
    budget: Any
    rng: np.random.Generator
    knows_defense: bool = False
