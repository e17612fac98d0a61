"""Private ridge: regression on the labels from sums over the rows that are released under noise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh, solve
from scipy.sparse import issparse
from scipy.special import ndtri

from amlsec.catalogue import learner
from amlsec.defenses.learners.private_classifier import HIDES_EACH_ROW
from amlsec.defenses.learners.private_linear import PrivateLinear
from amlsec.privacy import Privacy, gaussian_ratio
from amlsec.space.contract import Space

Floats = NDArray[np.float64]

SQUARES, PRODUCTS, SMALLEST = math.sqrt(2), 2.0, 1.0
"""How far exchanging a row moves the sums of squares (Frobenius), those of feature times label, and the least eigenvalue."""

_RARE = 0.05
"""How often the noise may be larger than the regularisation is chosen for."""


@learner(
    threats=HIDES_EACH_ROW,
    spaces=("tabular", "text", "image"),
    references=("wang2018revisiting", "balle2018improving"),
)
class PrivateRidge(PrivateLinear):
    """Classifies by ridge regression on -1 and 1 that sees only noisy sums over the rows (Wang 2018, AdaSSP).

    Released are the sums of squares and products of features, those of feature times label, and the least eigenvalue of the
    former, each under normal noise; all three together keep (epsilon, delta) exactly (Balle and Wang 2018), where the paper
    adds up three claims. From them follow the weights and how much regularisation the noise asks for. No
    solver and no setting beside privacy itself; of rare classes it takes little notice, as the regression is cut at 0.

    What is said of `OutputPerturbation` about what is public, low bits and the `random_state` holds here too.

    Parameters
    ----------
    epsilon : above 0; smaller is more private
    delta : chance that epsilon does not hold, in (0, 1)
    space : the rows' bounds, known without them; None takes rows as they are, cut to the length `longest`
    longest : what rows without a space are cut to, above 0
    width : how many counts the words of a text are hashed to
    random_state : seed of the noise; None draws it from the operating system

    Attributes
    ----------
    classes_ : the two labels, in ascending order
    coef_ : the weights (k,), the last of the constant feature
    privacy_ : the claim (epsilon, delta), of exchanging one row

    Raises InvalidInput where a setting is out of range, `y` does not match `X`, or has not two classes.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(2000) % 2
    >>> X = rng.normal(2.0 * y[:, None] - 1, 1.0, (2000, 2))
    >>> PrivateRidge(epsilon=1.0, random_state=0).fit(X, y).predict([[-1.0, -1.0], [1.0, 1.0]])
    array([0, 1])
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        delta: float = 1e-6,
        space: Space | None = None,
        longest: float = 1.0,
        width: int = 256,
        random_state: int | None = None,
    ) -> None:
        self.epsilon = epsilon
        self.delta = delta
        self.space = space
        self.longest = longest
        self.width = width
        self.random_state = random_state

    def _claim(self) -> Privacy:
        privacy = super()._claim()
        gaussian_ratio(privacy)
        return privacy

    def _released(self, F: Any, side: Floats, privacy: Privacy, rng: np.random.Generator) -> Floats:
        unit = math.sqrt(3) / gaussian_ratio(privacy)
        squares = (F.T @ F).toarray() if issparse(F) else F.T @ F
        smallest = eigvalsh(squares, subset_by_index=[0, 0])[0] + rng.normal(0, SMALLEST * unit)
        products = F.T @ side + rng.normal(0, PRODUCTS * unit, F.shape[1])
        noisy = squares + _symmetric(rng.normal(0, SQUARES * unit, squares.shape))
        return np.asarray(solve(noisy + np.diag(_ridge(smallest, unit, len(noisy))), products, assume_a="sym"))

    def _chances(self, values: Floats) -> Floats:
        return np.clip((1 + values) / 2, 0, 1)


def _symmetric(drawn: Floats) -> Floats:
    """A symmetric matrix, normal in every direction of symmetric ones: half the variance beside the diagonal."""
    return (drawn + drawn.T) / 2


def _ridge(smallest: float, unit: float, width: int) -> Floats:
    """What is added to each square (k,) so that the noise hardly ever outweighs them."""
    sure = max(smallest - SMALLEST * unit * float(ndtri(1 - _RARE)), 0.0)
    largest = SQUARES * unit * math.sqrt(width * math.log(2 * width**2 / _RARE))
    return np.full(width, max(largest - sure, 0.0))
