"""Abilene's traffic matrices of 2004 (Zhang; SNDlib) as link loads, one row every five minutes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from _data import data_path
from numpy.typing import NDArray

from amlsec.data import BENIGN, Batch
from amlsec.space.traffic import TrafficSpace

FIRST_WEEK = "abilene_tm/abilene_week_2004-03-01_OD144_links54.npz"
WEEKS = "abilene_tm/abilene_od_weeks.parquet"
NEEDS = (FIRST_WEEK, WEEKS)
NAMES = ("X01", "X02", "X13", "X14", "X20", "X21")
MBIT_PER_S = 8 / 3e6
"""The first week counts hundreds of bytes in five minutes."""

OC192 = 9953.0
"""Mbit/s that a link carries."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Network:
    """Which of 54 links carry which of 144 flows (links, flows), and their names.

    A flow goes from one of 12 places to another, or to itself; it has a link by which it enters and one by which it leaves.
    """

    routing: Floats
    flows: tuple[str, ...]
    links: tuple[str, ...]

    @property
    def crossing(self) -> NDArray[np.intp]:
        """The 132 flows between different places."""
        ends = [flow.split(">") for flow in self.flows]
        return np.flatnonzero([start != end for start, end in ends])

    def space(self, flow: int, usual: Floats) -> TrafficSpace:
        """The space of an attacker who sends one flow and sees the link by which it enters; links carry OC-192."""
        enters = self.links.index(f"ingress:{self.flows[flow].split('>')[0]}")
        return TrafficSpace(self.routing, [flow], usual, ingress=[enters], capacity=np.full(len(self.links), OC192))


@cache
def network() -> Network:
    stored = _first_week()
    return Network(stored["A"].astype(np.float64), tuple(stored["od"].tolist()), tuple(stored["link"].tolist()))


@cache
def volumes(week: str) -> Floats:
    """What each flow carries (bins, 144) in Mbit/s; flows of a place to itself carry nothing, as most weeks lack them."""
    return _first(network()) if week == "X01" else _later(network(), week)


def loads(week: str) -> Batch:
    """What each link carries (bins, 54) in Mbit/s."""
    return on_links(volumes(week))


def on_links(flows: Floats) -> Batch:
    """The link loads of these flows, called benign."""
    X = flows @ network().routing.T
    return Batch(X, np.full(len(X), BENIGN))


def _first_week() -> Any:
    return np.load(data_path(FIRST_WEEK))


def _first(net: Network) -> Floats:
    flows = _first_week()["X"] * MBIT_PER_S
    flows[:, np.setdiff1d(np.arange(len(net.flows)), net.crossing)] = 0.0
    return np.asarray(flows)


def _later(net: Network, week: str) -> Floats:
    import pandas

    table = pandas.read_parquet(data_path(WEEKS))
    return np.asarray(table[table["week"] == week].reindex(columns=list(net.flows), fill_value=0.0), dtype=np.float64)
