"""Differential privacy as two numbers: what is claimed, what noise keeps it, and what is left of it after many trainings.

A mechanism is (epsilon, delta) private where exchanging one row changes the chance of any outcome from p to no more than
e^epsilon p + delta (Dwork, McSherry, Nissim and Smith 2006). How many rows there are is public.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from amlsec.errors import InvalidInput

LEAST_NOISE = 0.3
"""Of a step of DP-SGD, in lengths that a row's part is cut to."""


class Privacy(NamedTuple):
    """A claim: chances of any outcome differ by no more than a factor e^epsilon, and delta.

    >>> import pytest; _ = pytest.importorskip("dp_accounting")
    >>> Privacy(0.01).after(365, delta=1e-6).epsilon < 1 < 365 * 0.01
    True
    """

    epsilon: float
    delta: float = 0.0

    def after(self, trainings: int, delta: float = 0.0) -> Privacy:
        """What holds of so many models together, as when one is trained every night on much the same rows.

        The smallest epsilon at `delta` by the privacy losses of the claim, added up (dp-accounting, rounded up); at delta 0
        the sum. Whoever knows the mechanism may know a smaller one.

        Raises InvalidInput where `trainings` is below 1, where `delta` is outside [0, 1) or allows for less than this
        claim's own, and where dp-accounting is needed and missing.
        """
        _require("trainings", trainings, trainings >= 1, "must be at least 1")
        _require("delta", delta, 0 <= delta < 1, "must lie in [0, 1)")
        sum_of_deltas = -float(np.expm1(trainings * np.log1p(-self.delta)))
        _require("delta", delta, delta >= sum_of_deltas, f"must be at least {sum_of_deltas:g}, the claims' own in sum")
        if not delta:
            return Privacy(trainings * self.epsilon)
        return Privacy(min(trainings * self.epsilon, _composed(self, trainings, delta)), delta)


def claim(epsilon: float, delta: float = 0.0) -> Privacy:
    """The claim; raises InvalidInput where epsilon is not a number above 0, or delta lies outside [0, 1)."""
    _require("epsilon", epsilon, 0 < epsilon < np.inf, "must be a finite number above 0")
    _require("delta", delta, 0 <= delta < 1, "must lie in [0, 1)")
    return Privacy(float(epsilon), float(delta))


def gaussian_delta(epsilon: float, ratio: float) -> float:
    """The least delta at which normal noise keeps epsilon.

    `ratio` is how far one row moves what is released (Euclidean length), over the noise's standard deviation in each
    direction (Balle and Wang 2018, theorem 8).

    >>> round(gaussian_delta(0.0, 1.0), 3)  # how far two normal distributions one deviation apart differ
    0.383
    """
    from scipy.special import erfcx, ndtr

    far = epsilon / ratio
    near = ratio / 2 - far
    # e^epsilon times a tail at ratio / 2 + far: as both have the density at `near`, no large exponent is left.
    return float(ndtr(near) - math.exp(-near * near / 2) * erfcx((ratio / 2 + far) / math.sqrt(2)) / 2)


@cache
def gaussian_ratio(privacy: Privacy) -> float:
    """The largest `ratio` at which normal noise keeps a claim, as far as double precision shows it, never a larger one.

    Raises InvalidInput where delta is 0, at which none keeps it, or both are too small for double precision.

    >>> round(1 / gaussian_ratio(Privacy(1.0, 1e-5)), 2)  # the noise, where one row moves the release by 1
    3.73
    """
    from scipy.optimize import brentq

    epsilon, delta = map(float, privacy)
    _require("delta", delta, delta > 0, "must be above 0: normal noise keeps no epsilon alone")
    least, most = -700.0, math.log(20 + 2 * math.sqrt(epsilon))  # where delta is 1 but for the last bit
    resolved = delta >= 1e-300 and _delta_rounded_up(epsilon, math.exp(least)) <= delta
    _require("epsilon, delta", (epsilon, delta), resolved, "are too small for double precision")
    found = brentq(lambda log: _delta_rounded_up(epsilon, math.exp(log)) - delta, least, most, xtol=1e-13)
    return math.exp(found) * (1 - 1e-9)


@cache
def noise_of_steps(privacy: Privacy, share: float, steps: int) -> float:
    """How much normal noise keeps a claim over so many steps, each on rows drawn with chance `share`.

    It is the standard deviation in units of the length that each row's part of a step is cut to (DP-SGD, Abadi et al. 2016).
    Accounted by dp-accounting's privacy loss distributions for an exchange of one row, rounded up, and found by bisection
    to one part in a thousand, never less, nor below 0.3: what that keeps is no privacy, and takes long to account for.

    Raises InvalidInput where dp-accounting is missing.
    """
    low, high = LEAST_NOISE, 1.0
    while epsilon_of_steps(high, privacy.delta, share, steps) > privacy.epsilon:
        low, high = high, 2 * high
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        enough = epsilon_of_steps(middle, privacy.delta, share, steps) <= privacy.epsilon
        low, high = (low, middle) if enough else (middle, high)
    return high


def epsilon_of_steps(noise: float, delta: float, share: float, steps: int) -> float:
    """The epsilon at delta of so many steps with this noise; see `noise_of_steps`."""
    events, accountants = library("dp_accounting.dp_event", "privacy"), library("dp_accounting.pld", "privacy")
    exchange = library("dp_accounting", "privacy").NeighboringRelation.REPLACE_ONE
    accountant = accountants.PLDAccountant(exchange, value_discretization_interval=1e-3)
    accountant.compose(events.PoissonSampledDpEvent(share, events.GaussianDpEvent(noise)), steps)
    return float(accountant.get_epsilon(delta))


def library(name: str, extra: str) -> Any:
    """A library that is imported where it is used; raises InvalidInput, naming the extra, where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise InvalidInput(name.partition(".")[0], None, f"is needed here: pip install 'amlsec[{extra}]'") from error


def _delta_rounded_up(epsilon: float, ratio: float) -> float:
    """`gaussian_delta` and what its difference of two tails may lack: all of it, where both claims are minute."""
    from scipy.special import ndtr

    return gaussian_delta(epsilon, ratio) + 1e-12 * float(ndtr(ratio / 2 - epsilon / ratio))


def _composed(privacy: Privacy, times: int, delta: float) -> float:
    """The claim's dominating pair of distributions, convolved with itself (Kairouz, Oh and Viswanath 2015)."""
    losses = library("dp_accounting.pld.privacy_loss_distribution", "privacy")
    common = library("dp_accounting.pld.common", "privacy")
    claimed = common.DifferentialPrivacyParameters(*privacy)
    # The losses are -epsilon, epsilon and infinity: on a grid of whole parts of epsilon none is rounded.
    once = losses.from_privacy_parameters(claimed, value_discretization_interval=privacy.epsilon / 100)
    return float(once.self_compose(times).get_epsilon_for_delta(delta))


def _require(name: str, value: object, holds: bool, rule: str) -> None:
    if not holds:
        raise InvalidInput(name, value, rule)
