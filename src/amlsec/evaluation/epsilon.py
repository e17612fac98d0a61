"""Whether a mechanism keeps the differential privacy it claims, judged by an attack on it.

For every (epsilon, delta) private mechanism and every test, TPR <= e^epsilon FPR + delta and TNR <= e^epsilon FNR + delta
(Kairouz, Oh and Viswanath, "The composition theorem for differential privacy", ICML 2015). So an attack that finds more
proves a larger epsilon; one that finds little proves nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput

Floats = NDArray[np.float64]
FEWEST = 4


def lower_bound(
    members: Floats, others: Floats, delta: float = 0.0, confidence: float = 0.95, random_state: int = 0
) -> float:
    """The epsilon, at least 0, that guesses (m,) for members and (n,) for others prove a mechanism to exceed.

    A threshold and one of the two inequalities are chosen on a random half of the guesses and measured on the other half, by
    the ends of Clopper and Pearson for both rates. So a mechanism that keeps (epsilon, delta) gives a bound above
    epsilon in at most 1 - confidence of all cases, if each guess is of a run of its own. Guesses for many rows of one
    model share its training: the inequality holds for their mean over trainings, the confidence is not proved; for those
    there is `one_run`.

    Raises InvalidInput where either is no row of guesses, has fewer than 4 or one that is not finite, or where delta is
    outside [0, 1) or confidence outside (0, 1).

    >>> rng = np.random.default_rng(0)
    >>> round(lower_bound(rng.laplace(1, 1, 4000), rng.laplace(0, 1, 4000)), 2)  # epsilon is 1
    0.76
    """
    _check(members, others, delta, confidence)
    rng = np.random.default_rng(random_state)
    (chosen_on, measured), (against, measured_against) = _halves(members, rng), _halves(others, rng)
    limits = np.unique(np.concatenate([chosen_on, against]))
    proved = _proved(_above(chosen_on, limits), _above(against, limits), delta, confidence)
    way, at = np.unravel_index(proved.argmax(), proved.shape)
    limit = limits[[at]]
    return max(float(_proved(_above(measured, limit), _above(measured_against, limit), delta, confidence)[way, 0]), 0.0)


def violates(
    members: Floats,
    others: Floats,
    epsilon: float,
    delta: float = 0.0,
    confidence: float = 0.95,
    random_state: int = 0,
) -> bool:
    """Whether guesses prove, at this confidence, that a mechanism does not keep (epsilon, delta) privacy.

    Raises InvalidInput where epsilon is below 0, and as `lower_bound` does.

    >>> rng = np.random.default_rng(0)
    >>> members, others = rng.laplace(2, 1, 4000), rng.laplace(0, 1, 4000)  # epsilon is 2
    >>> violates(members, others, epsilon=1), violates(members, others, epsilon=2)
    (True, False)
    """
    if not epsilon >= 0:
        raise InvalidInput("epsilon", epsilon, "must be at least 0")
    return lower_bound(members, others, delta, confidence, random_state) > epsilon


Counts = tuple[NDArray[np.int64], int]
"""How many guesses (k,) exceed each limit, and of how many."""


def _proved(members: Counts, others: Counts, delta: float, confidence: float) -> Floats:
    """What each limit proves (2, k), by the guesses above it and by those not above it."""
    (hits, m), (alarms, n) = members, others
    above = _ratio(_least(hits, m, confidence) - delta, _most(alarms, n, confidence))
    below = _ratio(_least(n - alarms, n, confidence) - delta, _most(m - hits, m, confidence))
    return np.stack([above, below])


def _ratio(true: Floats, false: Floats) -> Floats:
    return np.log(np.maximum(true, np.finfo(np.float64).tiny) / false)


def _least(successes: NDArray[np.int64], trials: int, confidence: float) -> Floats:
    """The least chance of success (k,), at half of the error allowed (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv

    low = betaincinv(np.maximum(successes, 1), trials - successes + 1, (1 - confidence) / 2)
    return np.where(successes > 0, low, 0.0)


def _most(successes: NDArray[np.int64], trials: int, confidence: float) -> Floats:
    return 1 - _least(trials - successes, trials, confidence)


def _above(guesses: Floats, limits: Floats) -> Counts:
    return len(guesses) - np.searchsorted(np.sort(guesses), limits, side="right"), len(guesses)


def _halves(guesses: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    mixed = rng.permutation(guesses)
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def _check(members: Floats, others: Floats, delta: float, confidence: float) -> None:
    for name, guesses in (("members", members), ("others", others)):
        if np.ndim(guesses) != 1 or len(guesses) < FEWEST or not np.isfinite(guesses).all():
            raise InvalidInput(name, f"of shape {np.shape(guesses)}", f"must be a row of at least {FEWEST} finite guesses")
    if not 0 <= delta < 1:
        raise InvalidInput("delta", delta, "must lie in [0, 1)")
    if not 0 < confidence < 1:
        raise InvalidInput("confidence", confidence, "must lie strictly between 0 and 1")
