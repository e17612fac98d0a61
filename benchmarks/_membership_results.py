"""What the attackers found, put together over seeds, and who is ahead by how much."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.evaluation.membership import measure
from amlsec.evidence import Interval

RATES = (0.001, 0.01)
KEPT = 300
"""Of the others the surest guesses so many: thresholds lie among them, in resamples too."""
RESAMPLES = 500
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Result:
    """One attacker on one model, whose members and others were drawn by one seed."""

    data: str
    model: str
    seed: int
    attacker: str
    ours: bool
    members: Floats
    top: Floats
    who: NDArray[np.int64]
    others: int
    found: Mapping[float, Interval]
    roc: Sequence[tuple[float, float]]
    seconds: float

    @cached_property
    def resampled(self) -> dict[float, Floats]:
        """The share of members found (resamples,) at each rate, of resampled members and others.

        The same rows are drawn for every attacker on this model, so differences between two are paired.
        """
        members, others = drawn(self.seed, len(self.members), self.others)
        alarms, found = np.cumsum(others[:, self.who], axis=1), {}
        for rate in RATES:
            limits = self.top[(alarms <= rate * others.sum(axis=1, keepdims=True)).sum(axis=1)]
            found[rate] = (members * (self.members > limits[:, None])).sum(axis=1) / members.sum(axis=1)
        return found


@cache
def drawn(seed: int, members: int, others: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How often each row is in each resample (resamples, rows)."""
    rng = np.random.default_rng(seed)
    return rng.poisson(1.0, (RESAMPLES, members)), rng.poisson(1.0, (RESAMPLES, others))


def told(members: Floats, others: Floats) -> dict[str, Any]:
    """What is kept of guesses, larger for members (m,) than for others (n,)."""
    judged = measure(members, others, rates=RATES)
    falling = np.argsort(-others, kind="stable")[: KEPT + 1]
    found = [[at.found.value, at.found.low, at.found.high] if at.found else None for at in judged.at]
    kept = {"members": members.tolist(), "top": others[falling].tolist(), "who": falling.tolist(), "others": len(others)}
    return {**kept, "found": found, "roc": judged.roc}


def of(game: Any, kept: Mapping[str, Any], ours: bool) -> Result:
    """A stored outcome with what it is of."""
    arrays = np.array(kept["members"]), np.array(kept["top"]), np.array(kept["who"]), kept["others"]
    found = {rate: Interval(*ends) for rate, ends in zip(RATES, kept["found"], strict=True) if ends}
    return Result(game.data, game.model, game.seed, game.attacker, ours, *arrays, found, kept["roc"], kept["seconds"])


@dataclass(frozen=True, eq=False)
class Pooled:
    """One attacker on the models of all seeds."""

    attacker: str
    ours: bool
    each: tuple[Result, ...]

    @property
    def seconds(self) -> float:
        return float(np.median([one.seconds for one in self.each]))

    def found(self, rate: float) -> Interval:
        """The mean share of members found, with a 95 % interval from resampled members and others."""
        values = [one.found[rate].value for one in self.each]
        return _interval(float(np.mean(values)), self.resampled(rate))

    def resampled(self, rate: float) -> Floats:
        return np.mean([one.resampled[rate] for one in self.each], axis=0)


def pooled(results: Sequence[Result], data: str, model: str) -> list[Pooled]:
    """All attackers on one kind of model, ours first."""
    here = [one for one in results if (one.data, one.model) == (data, model)]
    names = sorted({(not one.ours, one.attacker) for one in here})
    return [Pooled(name, not theirs, tuple(one for one in here if one.attacker == name)) for theirs, name in names]


def best(some: Sequence[Pooled], rate: float) -> Pooled:
    """Who finds most at this rate; of equal ones, the quicker."""
    return max(some, key=lambda one: (one.found(rate).value, -one.seconds))


def ahead(ours: Pooled, theirs: Pooled, rate: float) -> Interval:
    """How many more of the same members ours finds."""
    more = ours.found(rate).value - theirs.found(rate).value
    return _interval(more, ours.resampled(rate) - theirs.resampled(rate))


def _interval(value: float, resampled: Floats) -> Interval:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Interval(value, min(float(low), value), max(float(high), value))


def table(results: Sequence[Result]) -> str:
    """All games as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["data", "model", "seed", "attacker", *(f"found at {rate:.1%}" for rate in RATES), "seconds"])
    for one in results:
        found = [f"{one.found[rate].value:.4f}" if rate in one.found else "" for rate in RATES]
        writer.writerow([one.data, one.model, one.seed, one.attacker, *found, f"{one.seconds:.3f}"])
    return text.getvalue()
