"""Boxes and rows to attack in them."""

import numpy as np

from amlsec.space.tabular import Column, Kind, May, TabularSpace


def box(width, seed=0, may=(May.BOTH, May.UP, May.DOWN, May.BOTH, May.NOT), kind=Kind.NUMERIC):
    """Columns over [-3, 3] with uneven scales, prices and directions."""
    rng = np.random.default_rng(seed)
    scales, prices = rng.uniform(0.3, 2, width), rng.choice([1.0, 2.0], width)
    return TabularSpace([Column(f"c{j}", kind, -3, 3, scales[j], may[j % len(may)], prices[j]) for j in range(width)])


def stopped(model, width, many, seed=0):
    """Rows that the model stops."""
    X = np.random.default_rng(seed).uniform(-2, 3, (50 * many, width))
    return X[model.labels(X) == 1][:many]
