"""What a template that renews itself makes of one presentation after another."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, Rows
from amlsec.errors import InvalidInput
from amlsec.oracle import fitted

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Presented:
    """The course of a template over k sessions.

    Attributes
    ----------
    accepted : share of each session's samples that passed before it (k,)
    impostor : share of the attacker's own samples that pass, before the first session and after each (k + 1,): his false
        acceptance rate
    owner : share of the owner's samples that are refused, likewise (k + 1,): her false rejection rate
    """

    accepted: Floats
    impostor: Floats
    owner: Floats


def presented(template: Any, sessions: Iterable[Rows], *, owner: Rows, impostor: Rows) -> Presented:
    """Show samples (m, d) to a copy of a template, session by session, each a call of its `partial_fit`.

    The two rates are measured on samples of the owner and of the attacker that were neither enrolled nor presented (Biggio,
    Didaci, Fumera and Roli 2013). Raises InvalidInput where either has no samples, ModelFailed where the template fails.

    >>> from amlsec.defenses.detectors.online_centroid import OnlineCentroid
    >>> template = OnlineCentroid(radius=1.0, most_false_alarms=1).fit([[0.0], [0.0]])
    >>> sessions = np.array([[[1.0]], [[1.5]], [[9.0]]])
    >>> course = presented(template, sessions, owner=np.array([[-0.5]]), impostor=np.array([[2.0]]))
    >>> course.accepted, course.impostor, course.owner
    (array([1., 1., 0.]), array([0., 0., 1., 1.]), array([0., 0., 1., 1.]))
    """
    for name, samples in (("owner", owner), ("impostor", impostor)):
        if not len(samples):
            raise InvalidInput(name, "no samples", "must have one at least, to measure a rate on")
    current = deepcopy(template)
    accepted, rates = [], [_rates(current, owner, impostor)]
    for samples in sessions:
        accepted.append(_passing(current, samples))
        current.partial_fit(samples)
        rates.append(_rates(current, owner, impostor))
    false_accepts, false_rejects = np.array(rates).T
    return Presented(np.array(accepted), false_accepts, false_rejects)


def _rates(template: Any, owner: Rows, impostor: Rows) -> tuple[float, float]:
    return _passing(template, impostor), 1 - _passing(template, owner)


def _passing(template: Any, samples: Rows) -> float:
    return float((fitted(template).labels(samples) == BENIGN).mean())
