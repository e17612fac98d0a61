"""Games in which a private mechanism, whole or broken, gives guesses of a bit of each canary.

In many trainings the bit of one canary is guessed from each release by the likelihood ratio of what is released, which no
attack beats; in one training many canaries have a bit each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.base import clone

from amlsec.defenses.learners.objective_perturbation import ObjectivePerturbation, shared
from amlsec.defenses.learners.output_perturbation import OutputPerturbation
from amlsec.defenses.learners.private_linear import PrivateLinear, optimum
from amlsec.defenses.learners.unit_ball import UnitBall
from amlsec.privacy import Privacy, gaussian_delta, gaussian_ratio

EPSILON, DELTA, WEIGHT = 1.0, 1e-5, 1.0
DRAWS, CANARIES = 1000, 500
"""Of answers that stand alone: how many are seen of each bit, and how many bits one run has."""

RELEASES, ROWS, LABELS = 400, 40, 60
"""Of a learner: how many models are seen of each bit, trained on how many rows; how many labels one model has to hide."""

WHOLE, TENTH, FORGOTTEN, OWN_NORM, MISCOUNTED = (
    "as claimed",
    "a tenth of the noise",
    "noise forgotten",
    "scaled by the data's longest row",
    "each row counted ten times",
)
SHARE = {WHOLE: 1.0, TENTH: 0.1, FORGOTTEN: 1e-6}
"""How much of the noise is there."""

Floats = NDArray[np.float64]
Guesses = tuple[Floats, Floats]
Rng = np.random.Generator


@dataclass(frozen=True)
class Game:
    """A mechanism, what it claims, and guesses where the bit is 1 and where it is 0, from many trainings or from one."""

    name: str
    claimed: Privacy
    cases: tuple[str, ...]
    many: Callable[[str, Rng], Guesses]
    one: Callable[[str, Rng], Guesses]
    in_pairs: bool = False


def alone(name: str, answer: Callable[[Floats, float, Rng], Floats], delta: float = 0.0) -> Game:
    """Of a mechanism that answers each bit by itself, so that many runs and one differ in the coins only."""

    def many(case: str, rng: Rng) -> Guesses:
        return answer(np.ones(DRAWS), SHARE[case], rng), answer(np.zeros(DRAWS), SHARE[case], rng)

    def one(case: str, rng: Rng) -> Guesses:
        inside = rng.random(CANARIES) < 0.5
        said = answer(inside.astype(np.float64), SHARE[case], rng)
        return said[inside], said[~inside]

    return Game(name, Privacy(EPSILON, delta), tuple(SHARE), many, one)


def responds(bits: Floats, share: float, rng: Rng) -> Floats:
    """The bit, or with chance 1 / (1 + e^epsilon) the other."""
    return np.where(rng.random(len(bits)) < expit(EPSILON / share), bits, 1 - bits)


def laplace(bits: Floats, share: float, rng: Rng) -> Floats:
    return bits + share * rng.laplace(0, 1 / EPSILON, len(bits))


def gaussian(bits: Floats, share: float, rng: Rng) -> Floats:
    return bits + share * rng.normal(0, 1 / gaussian_ratio(Privacy(EPSILON, DELTA)), len(bits))


@dataclass(frozen=True)
class Training:
    """Features (n, k) and sides (n,) of one training set."""

    F: Floats
    side: Floats


@dataclass
class Learned:
    """The game of a learner: a canary like no other row has either label or, where rows set the scale, either length."""

    learner: PrivateLinear
    ratio: Callable[[Learned, Floats, Training], float]
    privacy: Privacy
    optima: dict[int, Floats] = field(default_factory=dict)

    def many(self, case: str, rng: Rng) -> Guesses:
        """Log likelihood ratios (RELEASES,) of models of either training set."""
        ends = trainings(case)
        kept = less_noise(self.privacy, SHARE.get(case, 1.0))
        self.optima = {id(end): optimum(end.F, end.side, WEIGHT) for end in ends}
        one, zero = (np.array([self._told(end, ends, kept, rng) for _ in range(RELEASES)]) for end in ends)
        return one, zero

    def _told(self, end: Training, ends: tuple[Training, Training], kept: Privacy, rng: Rng) -> float:
        released = self.learner._released(end.F, end.side, kept, rng)
        return self.ratio(self, released, ends[0]) - self.ratio(self, released, ends[1])

    def one(self, case: str, rng: Rng) -> Guesses:
        """One model of rows with a column each, whose labels are coins: a weight's sign says the label."""
        side = np.where(rng.random(LABELS) < 0.5, 1.0, -1.0)
        side[:2] = 1.0, -1.0  # both classes are public
        X, y = repeated(case, np.eye(LABELS), side)
        kept = less_noise(self.privacy, SHARE.get(case, 1.0))
        model = clone(self.learner).set_params(epsilon=kept.epsilon, random_state=int(rng.integers(2**31))).fit(X, y)
        toward = (side * model.coef_[:-1])[2:]
        return toward, -toward


def trainings(case: str) -> tuple[Training, Training]:
    """Two that differ in one row: the label of one that no other row is like, or, where rows set the scale, its length."""
    y = np.where(np.arange(ROWS) % 2, 1.0, -1.0)
    X = np.column_stack([np.zeros(ROWS), y])
    X[0] = 1000.0, 0.0
    flipped, short = y.copy(), X.copy()
    flipped[0], short[0] = 1.0, (1.0, 0.0)
    pair = [(X, y), (short, y)] if case == OWN_NORM else [(X, y), (X, flipped)]
    one, zero = (_featured(case, *repeated(case, *each)) for each in pair)
    return one, zero


def repeated(case: str, X: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Each row ten times where they are miscounted: what hides one of 400 rows hides a tenth of a person."""
    times = 10 if case == MISCOUNTED else 1
    return np.repeat(X, times, axis=0), np.repeat(y, times)


def _featured(case: str, X: Floats, side: Floats) -> Training:
    own = np.linalg.norm(X, axis=1).max() if case == OWN_NORM else 1.0
    return Training(UnitBall(longest=own).fit(X).transform(X), side)


def less_noise(privacy: Privacy, share: float) -> Privacy:
    """The claim that this share of the noise would keep."""
    if not privacy.delta:
        return Privacy(privacy.epsilon / share)
    ratio = gaussian_ratio(privacy) / share
    most = ratio**2 + 10 * ratio + 1
    return Privacy(brentq(lambda e: gaussian_delta(e, ratio) - privacy.delta, 0, most, xtol=1e-12), privacy.delta)


def nearer(game: Learned, w: Floats, training: Training) -> float:
    """The log density of weights under noise, but for a factor that the two training sets share."""
    distance = float(np.linalg.norm(w - game.optima[id(training)]))
    return -(distance**2) if game.privacy.delta else -distance


def likely(_: Learned, w: Floats, training: Training) -> float:
    """That of a minimum of the disturbed loss: of the push that it is the minimum of, by how pushes near it spread."""
    F, side = training.F, training.side
    weight, left = shared(EPSILON, len(side), WEIGHT)
    push = side * expit(-side * (F @ w)) @ F - len(side) * weight * w
    second = expit(F @ w)
    curved = F.T @ (F * (second * (1 - second))[:, None]) + len(side) * weight * np.eye(len(w))
    return float(np.linalg.slogdet(curved)[1] - left / 2 * np.linalg.norm(push))


def games() -> list[Game]:
    """Answers of known privacy, and this library's learners."""
    return [
        alone("randomized response", responds),
        alone("Laplace noise", laplace),
        alone("normal noise", gaussian, DELTA),
        learned("output perturbation", OutputPerturbation(weight=WEIGHT), nearer),
        learned("the same, normal noise", OutputPerturbation(delta=DELTA, weight=WEIGHT), nearer, DELTA),
        learned("objective perturbation", ObjectivePerturbation(weight=WEIGHT), likely),
    ]


def learned(name: str, learner: Any, ratio: Callable[[Learned, Floats, Training], float], delta: float = 0.0) -> Game:
    played = Learned(learner, ratio, Privacy(EPSILON, delta))
    return Game(name, played.privacy, (*SHARE, OWN_NORM, MISCOUNTED), played.many, played.one, in_pairs=True)
