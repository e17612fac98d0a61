"""Some rows of many, out of the objects that hold them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amlsec.gate.store import Store


def taken(store: Store, names: Sequence[str], read: Callable[[bytes], pa.Table], positions: NDArray[np.intp]) -> pa.Table:
    """The rows at these positions (n,) of the tables in objects laid end to end, in this order; each is read once."""
    parts, places, start = [], [], 0
    for name in names:
        part = read(store.get(name))
        inside = np.flatnonzero((positions >= start) & (positions < start + len(part)))
        parts.append(part.take(positions[inside] - start))
        places.append(inside)
        start += len(part)
    return pa.concat_tables(parts).take(np.argsort(np.concatenate(places)))
