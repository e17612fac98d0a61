"""What one screen says of offered rows, and how the policy's rule joins what several say."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.gate.judging.judged import Floats
from amlsec.layered.rule import Rule
from amlsec.register import Register
from amlsec.statistics import by_stratum


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One screen's decisions (n,) and sentences (n,); p-values (n,) and harm (n,) where it convicts, else None."""

    decision: NDArray[np.int8]
    reason: list[str]
    p: Floats | None = None
    harm: Floats | None = None


def beside(screen: Any, calibration: Batch, offered: Batch) -> Heard:
    """A screen's word on offered rows (n,) among calibration rows, which it cannot tell from them.

    Both are judged at once, in the order of their content, without source and time. The score of a good row is then
    exchangeable with those of the calibration rows of its label, and its conformal p-value is at most a with chance at
    most a, whatever the screen does with what it sees (Vovk et al. 2005; Bates et al. 2023).
    """
    both = replace(calibration + offered, source=None, time=None)
    order = np.lexsort((both.y, both.content()))
    verdicts = screen.judge(both.rows(order))
    place = np.empty(len(both), dtype=np.intp)
    place[order] = np.arange(len(both))
    score, own = verdicts.score[place], place[len(calibration) :]
    null, values = score[: len(calibration)], score[len(calibration) :]
    p = by_stratum(null, calibration.y, values, offered.y)
    reason = [verdicts.reason[k] for k in own]
    return Heard(verdicts.decision[own], reason, p, less_harmful(null, calibration.y, values, offered.y))


def alone(screen: Any, offered: Batch) -> Heard:
    """A screen's word on offered rows where calibration rows would be out of place."""
    verdicts = screen.judge(offered)
    return Heard(verdicts.decision, verdicts.reason)


def knowing(screen: Any, register: Register | None) -> Any:
    """The fitted screen, judging by this register if it judges by one; it is not changed itself."""
    if register is None or "register" not in screen.get_params(deep=False):
        return screen
    return copy(screen).set_params(register=register)


def less_harmful(null: Floats, null_y: NDArray[np.int64], values: Floats, y: NDArray[np.int64]) -> Floats:
    """The share (n,) of null values of the same label that are smaller, ties half; 1/2 where there is none.

    >>> less_harmful(np.array([1.0, 2.0]), np.array([0, 0]), np.array([2.0, 5.0]), np.array([0, 1]))
    array([0.75, 0.5 ])
    """
    share = np.full(len(values), 0.5)
    for label in np.unique(null_y):
        ordered, own = np.sort(null[null_y == label]), y == label
        below, upto = (np.searchsorted(ordered, values[own], side=side) for side in ("left", "right"))
        share[own] = (below + upto) / (2 * len(ordered))
    return share


def joined_p(rule: Rule, heard: Mapping[str, Heard], n: int) -> Floats:
    """The rule's p-values (n,): by Bonferroni where screens are joined by &, the largest where they are by |.

    Of screens joined by &, one without p-values plays no part; of those joined by | it vouches for every row.
    """
    found = _joined_p(rule, heard)
    return np.ones(n) if found is None else found


def _joined_p(rule: Rule, heard: Mapping[str, Heard]) -> Floats | None:
    if rule.layer:
        return heard[rule.layer].p
    said = [_joined_p(part, heard) for part in rule.parts]
    known = [p for p in said if p is not None]
    if rule.join == "|":
        return reduce(np.maximum, known) if len(known) == len(said) else None
    return np.minimum(1.0, len(known) * reduce(np.minimum, known)) if known else None


def mean_harm(heard: Mapping[str, Heard], n: int) -> Floats:
    """The mean (n,) over the screens that convict; 1/2 where none does."""
    said = [one.harm for one in heard.values() if one.harm is not None]
    return np.asarray(np.mean(said, axis=0)) if said else np.full(n, 0.5)
