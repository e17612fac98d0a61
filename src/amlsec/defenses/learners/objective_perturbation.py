"""Objective perturbation: logistic regression that minimises a loss with noise in it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.catalogue import learner
from amlsec.defenses.learners.private_classifier import HIDES_EACH_ROW
from amlsec.defenses.learners.private_linear import EXACTNESS, MOST_CURVED, STEEPEST, PrivateLinear, long_tailed, optimum
from amlsec.privacy import Privacy
from amlsec.space.contract import Space

Floats = NDArray[np.float64]

HIDING = 1e-3
"""The share of epsilon that goes into hiding where the solver stopped."""


@learner(
    threats=HIDES_EACH_ROW,
    spaces=("tabular", "text", "image"),
    references=("chaudhuri2011differentially", "kifer2012private", "iyengar2019towards"),
)
class ObjectivePerturbation(PrivateLinear):
    """Minimises the logistic loss and a random linear term, so that the minimum itself is private.

    Algorithm 2 of Chaudhuri, Monteleoni and Sarwate (2011), pure epsilon; the regularisation is raised where it must be so
    that at least half of epsilon is left for the random term. Usually it is right more often than `OutputPerturbation`.

    The theorem is about the exact minimum, which no solver reaches (Kifer, Smith and Thakurta 2012). So, as in Iyengar et
    al. (2019), a thousandth of epsilon pays for noise on the weights that hides where within 1e-6 / (n weight) of the
    minimum the solver stopped. What else is said of `OutputPerturbation` holds here: what is public, what the low bits
    of numbers may tell, and that who knows the `random_state` can take the noise off.

    Parameters
    ----------
    epsilon : above 0; smaller is more private
    weight : of the squared length of the weights against the mean loss, above 0
    space : the rows' bounds, known without them; None takes rows as they are, cut to the length `longest`
    longest : what rows without a space are cut to, above 0
    width : how many counts the words of a text are hashed to
    random_state : seed of the noise; None draws it from the operating system

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    coef_ : the weights of the minimum (k,), the last of the constant feature
    privacy_ : the claim (epsilon, 0), of exchanging one row

    Raises InvalidInput where a setting is out of range, `y` does not match `X`, or has not two classes.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(2000) % 2
    >>> X = rng.normal(2.0 * y[:, None] - 1, 1.0, (2000, 2))
    >>> ObjectivePerturbation(epsilon=1.0, random_state=0).fit(X, y).predict([[-1.0, -1.0], [1.0, 1.0]])
    array([0, 1])
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        weight: float = 0.01,
        space: Space | None = None,
        longest: float = 1.0,
        width: int = 256,
        random_state: int | None = None,
    ) -> None:
        self.epsilon = epsilon
        self.weight = weight
        self.space = space
        self.longest = longest
        self.width = width
        self.random_state = random_state

    def _released(self, F: Any, side: Floats, privacy: Privacy, rng: np.random.Generator) -> Floats:
        weight, left = shared(privacy.epsilon * (1 - HIDING), len(side), self.weight)
        push = long_tailed(left / (2 * STEEPEST), F.shape[1:], rng)
        found = optimum(F, side, weight, push)
        return found + long_tailed(privacy.epsilon * HIDING * len(side) * weight / (2 * EXACTNESS), found.shape, rng)


def shared(epsilon: float, n: int, weight: float) -> tuple[float, float]:
    """The regularisation, perhaps raised, and what it leaves of epsilon for the random term (theorem 9).

    The rest pays for how differently two training sets curve the loss.

    >>> shared(1.0, 1000, 0.01)[0], round(shared(1.0, 1000, 0.01)[1], 3)
    (0.01, 0.951)
    """
    enough = max(weight, MOST_CURVED / (n * math.expm1(min(epsilon / 4, 100.0))))
    return enough, epsilon - 2 * math.log1p(MOST_CURVED / (n * enough))
