"""Categories that have an order, coded by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from amlsec.errors import InvalidInput
from amlsec.tables.load import Table


def ordered(table: Table, orders: Mapping[str, Sequence[str]]) -> Table:
    """The table with the categories of these columns coded in this order, the lowest rank first.

    Raises InvalidInput where a column is unknown, or an order does not name each of its categories once.

    >>> from amlsec.data import Batch
    >>> from amlsec.tables.load import Labels
    >>> rows = Batch(np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 0]))
    >>> table = Table(rows, ("risk",), (("high", "low", "middle"),), Labels())
    >>> ordered(table, {"risk": ["low", "middle", "high"]}).batch.X.ravel().tolist()
    [2.0, 0.0, 1.0]
    """
    if not orders:
        return table
    X, categories = table.batch.X.copy(), list(table.categories)
    for name, order in orders.items():
        known = categories[table.names.index(name)] if name in table.names else ()
        if not known or sorted(order) != sorted(known):
            raise InvalidInput(
                f"order of column {name}", list(order), f"must name each of its categories once: {list(known)}"
            )
        j = table.names.index(name)
        X[:, j] = np.array([list(order).index(level) for level in known], dtype=np.float64)[X[:, j].astype(np.intp)]
        categories[j] = tuple(order)
    return replace(table, batch=replace(table.batch, X=X), categories=tuple(categories))
