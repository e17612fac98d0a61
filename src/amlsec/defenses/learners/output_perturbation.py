"""Output perturbation: logistic regression whose weights are released under noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.catalogue import learner
from amlsec.defenses.learners.private_classifier import HIDES_EACH_ROW
from amlsec.defenses.learners.private_linear import EXACTNESS, STEEPEST, PrivateLinear, noise, optimum
from amlsec.privacy import Privacy
from amlsec.space.contract import Space

Floats = NDArray[np.float64]


@learner(
    threats=HIDES_EACH_ROW,
    spaces=("tabular", "text", "image"),
    references=("chaudhuri2011differentially", "balle2018improving"),
)
class OutputPerturbation(PrivateLinear):
    """Adds noise to the weights of a logistic regression, as long as exchanging one row could move them.

    Algorithm 1 of Chaudhuri, Monteleoni and Sarwate (2011): no row moves the optimum by more than 2 / (n weight) where
    features are no longer than 1 (see `UnitBall`), to which is added how far a solver may stop from it. At delta 0
    the noise is theirs and grows with the number of features; else it is normal (Balle and Wang 2018), which is
    smaller from about 13 features on. It bounds what anyone can tell of one training row, whatever he asks, knows, or has
    planted among the others; it hides neither the model itself from who copies it, nor what holds of many rows.

    How many rows there are, which two classes and which columns are public. Noise is drawn in double precision, so
    the low bits of a released weight may say more than epsilon allows (Mironov 2012). A `random_state` repeats the
    noise: whoever knows it, or guesses it, can take the noise off.

    Parameters
    ----------
    epsilon : above 0; smaller is more private
    delta : chance that epsilon does not hold, in [0, 1)
    weight : of the squared length of the weights against the mean loss, above 0; more of it needs less noise
    space : the rows' bounds, known without them; None takes rows as they are, cut to the length `longest`
    longest : what rows without a space are cut to, above 0
    width : how many counts the words of a text are hashed to
    random_state : seed of the noise; None draws it from the operating system

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    coef_ : the weights under noise (k,), the last of the constant feature
    privacy_ : the claim (epsilon, delta), of exchanging one row

    Raises InvalidInput where a setting is out of range, `y` does not match `X`, or has not two classes.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(2000) % 2
    >>> X = rng.normal(2.0 * y[:, None] - 1, 1.0, (2000, 2))
    >>> model = OutputPerturbation(epsilon=1.0, random_state=0).fit(X, y)
    >>> model.predict([[-1.0, -1.0], [1.0, 1.0]]), tuple(model.privacy_)
    (array([0, 1]), (1.0, 0.0))
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        delta: float = 0.0,
        weight: float = 0.01,
        space: Space | None = None,
        longest: float = 1.0,
        width: int = 256,
        random_state: int | None = None,
    ) -> None:
        self.epsilon = epsilon
        self.delta = delta
        self.weight = weight
        self.space = space
        self.longest = longest
        self.width = width
        self.random_state = random_state

    def _released(self, F: Any, side: Floats, privacy: Privacy, rng: np.random.Generator) -> Floats:
        exact = optimum(F, side, self.weight)
        return exact + noise(privacy, sensitivity(len(side), self.weight), exact.shape, rng)


def sensitivity(n: int, weight: float) -> float:
    """How far exchanging one of n rows moves the weights that a solver finds, at most (lemma 8 and corollary 9).

    >>> round(sensitivity(100, 0.1), 3)
    0.2
    """
    return 2 * (STEEPEST + EXACTNESS) / (n * weight)
