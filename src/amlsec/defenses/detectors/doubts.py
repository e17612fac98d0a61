"""Warnings of a detector whose training rows leave its limit or its components in doubt, each with what to do."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FEW, _CARRIED = 0.01, 0.9  # this share of the rows carries this share of a component
_FAR = 100  # times the median squared error; a chi-squared of one degree exceeds 82 times its median once in 10^9
_MANY, _TIMES = 0.1, 10  # share of training rows that alarm, and times the rate that was asked for


class DoubtfulFit(UserWarning):
    """A detector was fitted, but what it says is in doubt; the message says why, and what to do."""


def doubt_carried(scores: Floats) -> None:
    """Warn where one in a hundred of the rows carries over 90 % of a component's variance, of scores (n, k)."""
    squares = scores**2
    few = max(1, int(_FEW * len(scores)))
    most = np.partition(squares, -few, axis=0)[-few:].sum(axis=0)
    carried = np.flatnonzero(most > _CARRIED * squares.sum(axis=0))
    if len(scores) > few / _FEW / 2 and len(carried):
        rows = np.argsort(-squares[:, carried[0]])[:3].tolist()
        _say(
            f"{few} of {len(scores)} rows carry over {_CARRIED:.0%} of component(s) {carried.tolist()}, as rows {rows} do: "
            "they turn it where they like. Drop them if they are broken, or use Antidote"
        )


def doubt_limit(errors: Floats, limit: float, rate: float) -> None:
    """Warn where the limit lies far above the rows' squared errors (n,), or many of them above the limit."""
    usual, alarms = float(np.median(errors)), float((errors > limit).mean())
    if not usual:
        _say("half of the rows have no squared error, and few set the limit. Drop repeated rows, or take fewer components")
    elif limit > _FAR * usual:
        _say(
            f"the limit is {limit / usual:.3g} times the median squared error: few rows set it, and much passes below. "
            "Drop broken rows, or use Antidote"
        )
    if alarms > max(_MANY, _TIMES * rate):
        _say(
            f"{alarms:.1%} of the training rows alarm at a false_alarm_rate of {rate:.1%}. Look at them; if they are "
            "normal, the limit does not hold here: take it from score_samples of rows known to be good"
        )


def doubt_tails(h: float) -> None:
    """Warn where Jackson and Mudholkar's h is not above 0."""
    if h <= 0:
        _say(
            f"the residual's eigenvalues have heavy tails (h = {h:.3g}), and Box's limit stands in for Jackson and "
            "Mudholkar's. Compare its alarms with the rate on rows known to be good, or use Antidote"
        )


def _say(message: str) -> None:
    warnings.warn(message, DoubtfulFit, stacklevel=4)
