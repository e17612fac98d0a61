"""What a template that renews itself makes of one presentation after another."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, Rows
from amlsec.oracle import Model, fitted

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Presented:
    """The course of a template, before the first presentation and after each of k.

    Attributes
    ----------
    accepted : whether each presentation was (k,)
    impostor : share of the attacker's own samples that pass (k + 1,): his false acceptance rate
    owner : share of the owner's samples that are refused (k + 1,): her false rejection rate
    """

    accepted: NDArray[np.bool_]
    impostor: Floats
    owner: Floats


def presented(template: Any, presentations: Rows, *, owner: Rows, impostor: Rows) -> Presented:
    """Show presentations (k, d) to a copy of a template, one call of its `partial_fit` each.

    The two rates are measured on samples of the owner and of the attacker that were neither enrolled nor presented (Biggio,
    Didaci, Fumera and Roli 2013). Raises ModelFailed where the template does.

    >>> from amlsec.defenses.detectors.online_centroid import OnlineCentroid
    >>> template = OnlineCentroid(radius=1.0, most_false_alarms=1).fit([[0.0], [0.0]])
    >>> course = presented(template, np.array([[1.0], [1.5], [9.0]]), owner=np.array([[-0.5]]), impostor=np.array([[2.0]]))
    >>> course.accepted, course.impostor, course.owner
    (array([ True,  True, False]), array([0., 0., 1., 1.]), array([0., 0., 1., 1.]))
    """
    current = deepcopy(template)
    accepted, rates = [], [_rates(fitted(current), owner, impostor)]
    for sample in presentations:
        accepted.append(fitted(current).labels(sample[None])[0] == BENIGN)
        current.partial_fit(sample[None])
        rates.append(_rates(fitted(current), owner, impostor))
    false_accepts, false_rejects = np.array(rates).T
    return Presented(np.array(accepted, dtype=bool), false_accepts, false_rejects)


def _rates(model: Model, owner: Rows, impostor: Rows) -> tuple[float, float]:
    return float((model.labels(impostor) == BENIGN).mean()), float((model.labels(owner) != BENIGN).mean())
