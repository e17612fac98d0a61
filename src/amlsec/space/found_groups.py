"""One-hot groups that a table holds: 0/1 columns of which exactly one is 1 in every row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.space.group import Group

_STEPS = 500
"""So many choices are tried for each column before it is taken to stand in no group."""
_CHANCE = 1e-6
"""The most that a group may be expected to arise somewhere in the table if its columns were independent."""

Flags = NDArray[np.bool_]


def one_hot_groups(X: Rows, names: Sequence[str]) -> list[Group]:
    """Groups of 0/1 columns, no column in two, that sum to 1 in every row, and hardly by chance.

    For each column in turn, columns that are never 1 together with those chosen are chosen until every row has its 1: an
    exact cover, searched in the order of the columns. A group is kept where independent columns of these frequencies would
    show it with a chance below 1e-6, over all sets of as many 0/1 columns.

    >>> kinds = np.eye(3)[np.random.default_rng(0).integers(0, 3, 99)]
    >>> one_hot_groups(kinds, ["os_linux", "os_mac", "os_windows"])
    [Group(name='os', columns=('os_linux', 'os_mac', 'os_windows'), price=1.0)]
    """
    at = [j for j, values in enumerate(X.T) if np.array_equal(np.unique(values), [0, 1])]
    flags: Flags = X[:, at] == 1
    together = (flags.T.astype(np.float32) @ flags.astype(np.float32)) > 0
    free, groups = np.ones(len(at), dtype=bool), []
    for first in range(len(at)):
        chosen = _cover(flags, together, free, first) if free[first] else []
        if chosen and _is_no_chance(flags[:, chosen].mean(axis=0), len(X), len(at)):
            free[chosen] = False
            columns = tuple(names[at[k]] for k in sorted(chosen))
            groups.append(Group(_name(columns), columns))
    return groups


def _cover(flags: Flags, together: Flags, free: Flags, first: int) -> list[int]:
    """Columns that share the rows among them, the first one included; none where no such set was met."""
    tried = [[first]]
    for _ in range(_STEPS):
        if not tried:
            break
        chosen = tried.pop()
        empty = ~flags[:, chosen].any(axis=1)
        if not empty.any():
            return chosen if len(chosen) > 1 else []
        fits = flags[empty.argmax()] & free & ~together[chosen].any(axis=0)
        tried += [[*chosen, int(k)] for k in np.flatnonzero(fits)[::-1]]
    return []


def _is_no_chance(share: NDArray[np.float64], rows: int, among: int) -> bool:
    """Whether independent columns with these shares of 1 would hardly sum to 1 in every row."""
    one = float((share * np.array([np.delete(1 - share, k).prod() for k in range(len(share))])).sum())
    sets = math.log(math.comb(among, len(share)))
    return rows * math.log(one) + sets < math.log(_CHANCE)


def _name(columns: Sequence[str]) -> str:
    """What all names begin with, else the first name."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*columns, strict=False))
    return "".join(letters[0] for letters in same).rstrip(" _.:=-/[(") or columns[0]
