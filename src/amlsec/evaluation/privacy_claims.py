"""Whether guesses of who was trained on contradict the differential privacy that a model claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from amlsec.evaluation.one_run import pairs, run_of_pairs
from amlsec.privacy import Privacy, claim

Guesses = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Guesses (m,), larger is surer, and the rows' labels (m,)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a claim.

    Attributes
    ----------
    claimed : epsilon and delta, of exchanging one row
    proved : the epsilon that guesses prove the model to exceed at this delta; 0 where they prove none
    pairs : how many pairs of a member and another were told apart, or not
    confidence : the chance, at least, that a model which keeps its claim is not contradicted
    """

    claimed: Privacy
    proved: float
    pairs: int
    confidence: float

    @property
    def kept(self) -> bool:
        """Whether nothing that was measured contradicts it; no proof that it holds."""
        return self.proved <= self.claimed.epsilon


def made_by(model: Any) -> Privacy | None:
    """The claim `privacy_` of a model's fitted estimator, or of a pipeline's last step; None where it makes none."""
    estimator = getattr(model, "estimator", None)
    made = getattr(estimator[-1] if isinstance(estimator, Pipeline) else estimator, "privacy_", None)
    return None if made is None else claim(*made)


def checked(claimed: Privacy, members: Guesses, others: Guesses, confidence: float = 0.99, random_state: int = 0) -> Checked:
    """Hold a claim against guesses for rows of one model and for rows that a random split, label by label, kept from it.

    Members are paired with others of their label (`one_run.run_of_pairs`): the bound has its confidence although all
    guesses are of one training. It is only as sharp as the attack: guesses at chance prove nothing of any model.

    Raises InvalidInput where epsilon is not above 0, delta is outside [0, 1), or no member has another of its label.

    >>> rng = np.random.default_rng(0)
    >>> labels = np.zeros(400, dtype=np.int64)
    >>> found = checked(Privacy(1.0), (rng.normal(3, 1, 400), labels), (rng.normal(0, 1, 400), labels))
    >>> found.kept, round(found.proved, 1)
    (False, 3.5)
    """
    claimed = claim(*claimed)
    one, two = pairs(members, others, random_state)
    proved = run_of_pairs(one, two, claimed.delta, confidence, random_state)
    return Checked(claimed, proved, len(one), confidence)
