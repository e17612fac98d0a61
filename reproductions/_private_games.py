"""Games in which a private mechanism, whole or broken, gives guesses of a bit of each canary.

In many trainings the bit of one canary is guessed from each release by the likelihood ratio of what is released, which no
attack beats; in one training many canaries have a bit each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.base import clone

from amlsec.defenses.learners.objective_perturbation import ObjectivePerturbation, shared
from amlsec.defenses.learners.output_perturbation import OutputPerturbation, sensitivity
from amlsec.defenses.learners.private_linear import PrivateLinear, noise, optimum
from amlsec.defenses.learners.unit_ball import UnitBall
from amlsec.privacy import Privacy, gaussian_delta, gaussian_ratio

EPSILON, DELTA, WEIGHT = 1.0, 1e-5, 1.0
DRAWS, CANARIES = 1000, 500
"""Of answers that stand alone: how many are seen of each bit, and how many bits one run has."""

ROWS, LABELS = 40, 60
"""Of a learner: how many rows train the models seen with either bit, and how many labels one model has to hide."""

NOISES, PUSHES, MORE = 4000, 100, 400
"""How many models are seen with either bit; of pushes fewer, which take a training each, and more where some are broken."""

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


@dataclass(frozen=True)
class Learned:
    """The game of a learner: a canary like no other row has either label or, where rows set the scale, either length."""

    learner: PrivateLinear
    privacy: Privacy
    releases: Callable[[Learned, Training, str, Rng], Floats]
    likely: Callable[[Learned, Floats, Training], Floats]

    def many(self, case: str, rng: Rng) -> Guesses:
        """The log likelihood ratio of each model of either training set."""
        ends = trainings(case)
        released = (self.releases(self, end, case, rng) for end in ends)
        one, zero = (self.likely(self, w, ends[0]) - self.likely(self, w, ends[1]) for w in released)
        return one, zero

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


def noisy(game: Learned, training: Training, case: str, rng: Rng) -> Floats:
    """The optimum under so much noise, as the learner releases it, many times."""
    exact = optimum(training.F, training.side, WEIGHT)
    kept = less_noise(game.privacy, SHARE.get(case, 1.0))
    return exact + noise(kept, sensitivity(len(training.side), WEIGHT), (NOISES, len(exact)), rng)


def nearer(game: Learned, w: Floats, training: Training) -> Floats:
    """The log density of weights under noise, but for a factor that both training sets share."""
    distance = np.linalg.norm(w - optimum(training.F, training.side, WEIGHT), axis=1)
    return -(distance**2) if game.privacy.delta else -distance


def pushed(game: Learned, training: Training, case: str, rng: Rng) -> Floats:
    """Minima of disturbed losses, each of a training of its own."""
    kept = less_noise(game.privacy, SHARE.get(case, 1.0))
    models = range(PUSHES if case == WHOLE else MORE)
    return np.array([game.learner._released(training.F, training.side, kept, rng) for _ in models])


def disturbed(_: Learned, w: Floats, training: Training) -> Floats:
    """The log density of such minima: of the push that each is the minimum of, by how pushes near it spread."""
    F, side = training.F, training.side
    weight, left = shared(EPSILON, len(side), WEIGHT)
    margins = w @ F.T
    pushes = (side * expit(-side * margins)) @ F - len(side) * weight * w
    curved = np.einsum("rn,ni,nj->rij", expit(margins) * expit(-margins), F, F) + len(side) * weight * np.eye(w.shape[1])
    return np.linalg.slogdet(curved)[1] - left / 2 * np.linalg.norm(pushes, axis=1)


def games() -> list[Game]:
    """Answers of known privacy, and this library's learners."""
    pure, within = Privacy(EPSILON), Privacy(EPSILON, DELTA)
    output, normal = OutputPerturbation(weight=WEIGHT), OutputPerturbation(delta=DELTA, weight=WEIGHT)
    return [
        alone("randomized response", responds),
        alone("Laplace noise", laplace),
        alone("normal noise", gaussian, DELTA),
        learned("output perturbation", Learned(output, pure, noisy, nearer)),
        learned("the same, normal noise", Learned(normal, within, noisy, nearer)),
        learned("objective perturbation", Learned(ObjectivePerturbation(weight=WEIGHT), pure, pushed, disturbed)),
    ]


def learned(name: str, played: Learned) -> Game:
    return Game(name, played.privacy, (*SHARE, OWN_NORM, MISCOUNTED), played.many, played.one, in_pairs=True)
