"""What guesses about many rows of one model prove of its epsilon: a bound that needs no second training.

Steinke, Nasr and Jagielski, "Privacy auditing with one (1) training run", NeurIPS 2023: where a fair coin says of each
canary whether it is trained on, and the mechanism keeps (epsilon, delta), the right guesses among those that an attacker
dares are no more than those of randomized response: each right with chance e^epsilon / (1 + e^epsilon) on its own. That
the rows share one training costs nothing at delta 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput
from amlsec.privacy import Privacy

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

DARED = (1.0, 0.5, 0.2, 0.05)
"""Shares of the canaries that are guessed at, the surest first; each share bears its part of the error allowed."""

MOST = 50.0


def one_run(members: Floats, others: Floats, delta: float = 0.0, confidence: float = 0.95, random_state: int = 0) -> float:
    """The epsilon, at least 0, that guesses (m,) for canaries in the training and (n,) for those left out prove exceeded.

    A coin of its own has put each canary in or left it out, and epsilon is of one row more or less. The largest guesses
    are said to be in, the smallest out; ties are broken by chance. A model that keeps (epsilon, delta) gives a bound
    above epsilon in at most 1 - confidence of all cases.

    Raises InvalidInput where the guesses are no rows of finite numbers, there are not two of them, delta is outside
    [0, 1) or confidence outside (0, 1).

    >>> rng = np.random.default_rng(0)
    >>> round(one_run(rng.normal(2, 1, 500), rng.normal(0, 1, 500)), 2), one_run(rng.normal(size=500), rng.normal(size=500))
    (2.72, 0.0)
    """
    _check(members, others, delta, confidence)
    order = np.random.default_rng(random_state).permutation(len(members) + len(others))
    guesses, inside = np.concatenate([members, others])[order], order < len(members)
    above = np.argsort(np.argsort(guesses, kind="stable")) - (len(guesses) - 1) / 2
    return _proved((above > 0) == inside, np.abs(above), delta, confidence)


def run_of_pairs(
    members: Floats, others: Floats, delta: float = 0.0, confidence: float = 0.95, random_state: int = 0
) -> float:
    """The same of m pairs of rows, of each of which a fair coin has chosen the one trained on; epsilon is of an exchange.

    Guesses (m,) and (m,) stand pair by pair, the pairs in any order. The larger of two is said to be the member, those far
    apart first; of equal ones a coin says it. Raises InvalidInput as `one_run` does, and where the two are not equally many.

    >>> rng = np.random.default_rng(0)
    >>> round(run_of_pairs(rng.normal(2, 1, 500), rng.normal(0, 1, 500)), 2)
    3.41
    """
    _check(members, others, delta, confidence)
    if len(members) != len(others):
        raise InvalidInput("others", f"{len(others)} guesses", f"must be as many as the members, {len(members)}")
    rng = np.random.default_rng(random_state)
    apart, coins = rng.permutation(members - others), rng.random(len(members)) < 0.5
    return _proved((apart > 0) | ((apart == 0) & coins), np.abs(apart), delta, confidence)


def pairs(members: tuple[Floats, Labels], others: tuple[Floats, Labels], random_state: int = 0) -> tuple[Floats, Floats]:
    """Guesses of pairs (m,) and (m,) at random within each label, from guesses and labels of members and of others.

    Rows that were split at random, label by label, might as well have been split the other way within each pair: that is
    the fair coin of `run_of_pairs`.

    >>> pairs((np.array([1.0, 2.0]), np.array([0, 1])), (np.array([3.0, 4.0]), np.array([1, 1])))[0]
    array([2.])
    """
    rng = np.random.default_rng(random_state)
    chosen: list[tuple[Floats, Floats]] = [(np.zeros(0), np.zeros(0))]
    for label in np.intersect1d(members[1], others[1]):
        one, two = (rng.permutation(guesses[labels == label]) for guesses, labels in (members, others))
        most = min(len(one), len(two))
        chosen.append((one[:most], two[:most]))
    one, two = (np.concatenate(side) for side in zip(*chosen, strict=True))
    return one, two


def chance_of_as_many(right: int, dared: int, canaries: int, privacy: Privacy) -> float:
    """How likely a model that keeps the claim lets so many of the guesses dared be right, or more, at most (theorem 5.2).

    >>> chance_of_as_many(10, 10, 10, Privacy(0.0)) == 0.5 ** 10
    True
    """
    from scipy.stats import binom

    truth = 1 / (1 + np.exp(-privacy.epsilon))
    as_many = float(binom.sf(right - 1, dared, truth))
    if not privacy.delta or not right:
        return as_many
    fewer = np.cumsum(binom.pmf(np.arange(right - 1, -1, -1), dared, truth)) / np.arange(1, right + 1)
    return min(as_many + 2 * canaries * privacy.delta * float(fewer.max()), 1.0)


def _proved(right: NDArray[np.bool_], sureness: Floats, delta: float, confidence: float) -> float:
    """The largest epsilon that any share of the guesses proves, the surest first (m,)."""
    sorted_right = np.cumsum(right[np.argsort(-sureness, kind="stable")])
    allowed = (1 - confidence) / len(DARED)
    counts = {max(round(share * len(right)), 1) for share in DARED}
    return max(_exceeded(int(sorted_right[dared - 1]), dared, len(right), delta, allowed) for dared in counts)


def _exceeded(right: int, dared: int, canaries: int, delta: float, allowed: float) -> float:
    """The largest epsilon at which so many right guesses are less likely than allowed, rounded down."""
    low, high = 0.0, MOST
    if chance_of_as_many(right, dared, canaries, Privacy(low, delta)) >= allowed:
        return 0.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        likely = chance_of_as_many(right, dared, canaries, Privacy(middle, delta)) >= allowed
        low, high = (low, middle) if likely else (middle, high)
    return low


def _check(members: Floats, others: Floats, delta: float, confidence: float) -> None:
    for name, guesses in (("members", members), ("others", others)):
        if np.ndim(guesses) != 1 or not np.isfinite(guesses).all():
            raise InvalidInput(name, f"of shape {np.shape(guesses)}", "must be a row of finite guesses")
    if len(members) + len(others) < 2:
        raise InvalidInput("members, others", (len(members), len(others)), "must be at least two canaries")
    if not 0 <= delta < 1:
        raise InvalidInput("delta", delta, "must lie in [0, 1)")
    if not 0 < confidence < 1:
        raise InvalidInput("confidence", confidence, "must lie strictly between 0 and 1")
