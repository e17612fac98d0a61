"""Models that look at single columns: the cheapest evasion crosses one threshold, or every one of several."""

import numpy as np


class Stump:
    """Malicious where one column exceeds a threshold; its score is a step, flat on both sides."""

    def __init__(self, column, threshold):
        self.column, self.threshold = column, threshold

    def labels(self, X):
        return (X[:, self.column] > self.threshold).astype(np.int64)

    def scores(self, X):
        return self.labels(X).astype(np.float64)


class Votes:
    """Malicious where at least `needed` of some columns exceed their thresholds; its score is the share that do."""

    def __init__(self, thresholds, needed):
        self.thresholds, self.needed = np.asarray(thresholds, dtype=float), needed

    def labels(self, X):
        return (self._votes(X) >= self.needed).astype(np.int64)

    def scores(self, X):
        return self._votes(X) / len(self.thresholds)

    def cheapest(self, space, x):
        """The least cost of losing enough votes."""
        cost = space.by_column(x[None], np.minimum(x, self.thresholds)[None])[0]
        against = np.sort(cost[x > self.thresholds])
        return against[: max(0, len(against) - self.needed + 1)].sum()

    def _votes(self, X):
        return (self.thresholds < X).sum(axis=1)
