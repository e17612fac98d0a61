"""Private net: a small network trained by DP-SGD, so that no row moves it by more than noise hides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from amlsec.catalogue import learner
from amlsec.defenses import nets
from amlsec.defenses.learners.private_classifier import HIDES_EACH_ROW, PrivateClassifier
from amlsec.errors import InvalidInput
from amlsec.privacy import Privacy, library, noise_of_steps
from amlsec.space.contract import Space

Floats = NDArray[np.float64]


@learner(
    threats=HIDES_EACH_ROW,
    spaces=("tabular", "text", "image"),
    references=("abadi2016deep",),
)
class PrivateNet(PrivateClassifier):
    """Trains a network by steps in which each row's gradient is cut to a length and the sum hidden under noise.

    DP-SGD of Abadi et al. (2016) by opacus: each step draws every row with chance `share` on its own, cuts the gradient of
    each to length 1, and adds as much normal noise as `steps` of them need to keep (epsilon, delta) of an exchange of
    one row (dp-accounting). So privacy depends on neither the rows nor how many they are. Features are those of `UnitBall`,
    stretched by the root of their number, so that a column spreads over about -1 to 1; classes weigh what they are many.

    What is said of `OutputPerturbation` about what is public, low bits and the `random_state` holds here too: torch's
    generator is no cryptographic one. Needs torch, opacus and dp-accounting: pip install 'amlsec[opacus]'.

    Parameters
    ----------
    epsilon : above 0; smaller is more private
    delta : chance that epsilon does not hold, in (0, 1)
    hidden : units of each hidden layer; none for a linear model
    share : chance that a row is in a step, in (0, 1]
    steps : of the training, at least 1
    rate : step length of Adam, above 0
    space : the rows' bounds, known without them; None takes rows as they are, cut to the length `longest`
    longest : what rows without a space are cut to, above 0
    width : how many counts the words of a text are hashed to
    random_state : seed of weights, draws and noise; None draws it from the operating system

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    module_ : the trained torch module
    noise_ : standard deviation of the noise in each step, in lengths that gradients are cut to
    privacy_ : the claim (epsilon, delta), of exchanging one row

    Raises InvalidInput where a library is missing, a setting is out of range, or there are not two labels.

    >>> import pytest; _ = pytest.importorskip("opacus"), pytest.importorskip("dp_accounting")
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(2000) % 2
    >>> X = rng.normal(2.0 * y[:, None] - 1, 1.0, (2000, 2))
    >>> PrivateNet(epsilon=2.0, random_state=0).fit(X, y).predict([[-1.0, -1.0], [1.0, 1.0]])
    array([0, 1])
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        delta: float = 1e-6,
        hidden: Sequence[int] = (16,),
        share: float = 0.1,
        steps: int = 100,
        rate: float = 0.03,
        space: Space | None = None,
        longest: float = 1.0,
        width: int = 256,
        random_state: int | None = None,
    ) -> None:
        self.epsilon = epsilon
        self.delta = delta
        self.hidden = hidden
        self.share = share
        self.steps = steps
        self.rate = rate
        self.space = space
        self.longest = longest
        self.width = width
        self.random_state = random_state

    def _claim(self) -> Privacy:
        for name, holds, rule in (
            ("delta", 0 < self.delta < 1, "must lie in (0, 1)"),
            ("share", 0 < self.share <= 1, "must lie in (0, 1]"),
            ("steps", self.steps >= 1, "must be at least 1"),
            ("rate", 0 < self.rate < np.inf, "must be a finite number above 0"),
        ):
            if not holds:
                raise InvalidInput(name, getattr(self, name), rule)
        return super()._claim()

    def _learn(self, F: Any, side: Floats, privacy: Privacy, rng: np.random.Generator) -> None:
        library("opacus", "opacus")
        nets.torch()
        self.noise_ = noise_of_steps(privacy, self.share, self.steps)
        net, seed = nets.untrained(F.shape[1], self.hidden, int(rng.integers(2**31))), int(rng.integers(2**63))
        self.module_ = nets.train_privately(
            net, _dense(F), side > 0, noise=self.noise_, share=self.share, steps=self.steps, rate=self.rate, seed=seed
        )

    def _values(self, F: Any) -> Floats:
        return nets.logits(self.module_, _dense(F))


def _dense(F: Any) -> Floats:
    """Features as a table, stretched so that a column spreads over about -1 to 1."""
    table = F.toarray() if issparse(F) else F
    return np.asarray(table * np.sqrt(table.shape[1]))
