"""Traffic: volume added on flows; the loads of links follow from the routing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.space.contract import Space

Floats = NDArray[np.float64]
_EXACT = 1e-6
"""A difference of loads is put down to his flows where they explain it up to this share of it."""


class TrafficSpace:
    """Link loads of one network, one row a time bin, whose attacker adds volume to flows; see `space.contract.Space`.

    A flow's volume stands on every link that carries it, so a row can change by `routing[:, flows] @ volume` for volumes
    of at least 0 and in no other way. The cost of a change is the sum over his flows of its volume divided by the usual mean
    load of the links that carry it: chaff as Rubinstein et al. (ANTIDOTE, IMC 2009) measure it.

    Parameters
    ----------
    routing : share of each flow's volume that each link carries (links, flows), at least 0
    flows : positions of the flows he can add to; their columns of the routing must be linearly independent
    usual : mean load of each link (links,) in usual times, above 0 on the links of his flows
    capacity : the most that each link carries (links,); None knows no bound
    ingress : the link by which each of his flows enters, whose load he sees; None takes the busiest that carries it

    Raises InvalidInput where shapes do not match, values are out of range or not finite, or his flows cannot be told apart.

    >>> space = TrafficSpace(np.array([[1.0, 0.0], [1.0, 1.0]]), [0], np.array([10.0, 30.0]))
    >>> X = np.array([[8.0, 20.0]])
    >>> space.cost(X, X + [2.0, 2.0]), space.cost(X, X + [2.0, 0.0])
    (array([0.1]), array([inf]))
    >>> space.project(X, X + [4.0, 4.0], 0.1)
    array([[10., 22.]])
    """

    kind = "traffic"
    unit = "mean loads of his links"

    def __init__(
        self,
        routing: Floats,
        flows: Sequence[int],
        usual: Floats,
        *,
        capacity: Floats | None = None,
        ingress: Sequence[int] | None = None,
    ) -> None:
        self.routing = _checked(routing, flows)
        self.flows = tuple(int(flow) for flow in flows)
        self.usual = _loads("usual", usual, len(self.routing))
        self.capacity = _loads("capacity", np.inf if capacity is None else capacity, len(self.routing), bounded=False)
        self.directions = self.routing[:, list(self.flows)]
        self._solve = np.linalg.pinv(self.directions)
        carrying = self.directions > 0
        self.typical = np.array([self.usual[links].mean() for links in carrying.T])
        if not (self.typical > 0).all():
            raise InvalidInput("usual", self.typical, "must be above 0 on average on the links of each of his flows")
        busiest = np.where(carrying.T, self.usual, -1.0).argmax(axis=1)
        self.ingress = _carriers(busiest if ingress is None else ingress, carrying)

    def volumes(self, X: Rows, changed: Rows, /) -> Floats:
        """The volume added to each of his flows (n, flows), as well as it explains the change."""
        found: Floats = (changed - X) @ self._solve.T
        return found

    def cost(self, X: Rows, changed: Rows, /) -> Floats:
        volume = self.volumes(X, changed)
        size = np.abs(changed - X).max(axis=1, initial=0.0)
        tolerance = (_EXACT * size + 1e-9 * np.abs(X).max(axis=1, initial=0.0))[:, None]
        explained = (np.abs(X + volume @ self.directions.T - changed) <= tolerance).all(axis=1)
        only_added = (volume >= -tolerance).all(axis=1)
        within = (changed <= np.maximum(self.capacity, X) + tolerance).all(axis=1)
        paid = (np.maximum(volume, 0.0) / self.typical).sum(axis=1)
        return np.where(size == 0, 0.0, np.where(explained & only_added & within, paid, np.inf))

    def project(self, X: Rows, changed: Rows, cost: float, /) -> Rows:
        paid = self.cost(X, changed)
        inside = np.isfinite(paid) & (paid <= cost * (1 + 1e-9) + 1e-12)
        return np.where(inside[:, None], changed, self.added(X, self.volumes(X, changed), cost))

    def added(self, X: Rows, volume: Floats, cost: float | Floats = np.inf, /) -> Rows:
        """The rows with such volumes (n, flows) on his flows, scaled down to the cost (n,) and to what the links carry."""
        volume = np.maximum(volume, 0.0)
        paid = (volume / self.typical).sum(axis=1)
        load = volume @ self.directions.T
        room = np.maximum(self.capacity - X, 0.0)
        fits = np.divide(room, load, out=np.ones_like(load), where=load > room).min(axis=1)
        share = np.minimum(fits, np.divide(cost, paid, out=np.ones_like(paid), where=paid > cost))
        changed: Rows = X + load * (share * (1 - 1e-12) * (share < 1) + (share >= 1))[:, None]
        return changed

    def sample(self, X: Rows, cost: float, rng: np.random.Generator, /) -> Rows:
        if not cost:
            return X.copy()
        share = rng.dirichlet(np.ones(len(self.flows)), len(X)) * rng.random((len(X), 1))
        return self.added(X, share * self.typical * min(cost, 1e6), cost)

    def differences(self, X: Rows, changed: Rows, /) -> list[list[str]]:
        return [
            [f"flow {flow}: + {volume:.6g}" for flow, volume in zip(self.flows, row, strict=True) if volume > 0]
            for row in self.volumes(X, changed)
        ]


def traffic(space: Space) -> TrafficSpace:
    """The space as one of traffic; raises InvalidInput where it is none."""
    if not isinstance(space, TrafficSpace):
        raise InvalidInput("space", space.kind, "must be a TrafficSpace")
    return space


def _checked(routing: Any, flows: Sequence[int]) -> Floats:
    matrix = np.asarray(routing, dtype=np.float64)
    if matrix.ndim != 2 or not np.isfinite(matrix).all() or (matrix < 0).any():
        raise InvalidInput("routing", f"of shape {matrix.shape}", "must be a finite matrix (links, flows) of at least 0")
    if not len(flows) or not set(flows) <= set(range(matrix.shape[1])) or len(set(flows)) < len(flows):
        raise InvalidInput("flows", list(flows), f"must be different positions in 0..{matrix.shape[1] - 1}, one at least")
    if np.linalg.matrix_rank(matrix[:, list(flows)]) < len(flows):
        raise InvalidInput("flows", list(flows), "must have linearly independent columns in the routing")
    return matrix


def _carriers(ingress: Any, carrying: NDArray[np.bool_]) -> NDArray[np.intp]:
    links, flows = carrying.shape
    chosen = np.asarray(ingress)
    if (
        chosen.shape != (flows,)
        or not np.isin(chosen, np.arange(links)).all()
        or not carrying[chosen, np.arange(flows)].all()
    ):
        raise InvalidInput("ingress", chosen.tolist(), f"must name one link that carries it for each of his {flows} flows")
    return chosen.astype(np.intp)


def _loads(name: str, values: Any, links: int, *, bounded: bool = True) -> Floats:
    loads = np.broadcast_to(np.asarray(values, dtype=np.float64), (links,)) if np.ndim(values) == 0 else np.asarray(values)
    if loads.shape != (links,):
        raise InvalidInput(name, f"of shape {loads.shape}", f"must have one load for each of the routing's {links} links")
    if np.isnan(loads).any() or (loads < 0).any() or (bounded and not np.isfinite(loads).all()):
        raise InvalidInput(name, loads, "must hold loads of at least 0")
    return np.asarray(loads, dtype=np.float64)
