"""The trusted rows most like an offered one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from amlsec.data import Batch, Rows
from amlsec.gate.judging.judged import Floats
from amlsec.gate.judging.shown import shown

Distances = Callable[[Rows], Floats]
LABELS = ("benign", "malicious")


def nearest(trusted: Batch, rows: Batch, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """For each row, the nearest trusted row of each label, and how far it is: 1 - cosine of TF-IDF, or standard deviations.

    >>> from amlsec.data import texts
    >>> trusted = Batch(texts(["win cash now", "lunch at noon"]), np.array([1, 0]))
    >>> found = nearest(trusted, Batch(texts(["cash to win"]), np.array([0])))
    >>> found[0]["malicious"]["text"], round(found[0]["benign"]["distance"], 3)
    ('win cash now', 1.0)
    """
    measures = [distances(trusted, trusted.labelled(label))(rows.X) for label in (0, 1)]
    return [
        {name: _of(trusted.labelled(label), measures[label][k], names) for label, name in enumerate(LABELS)}
        for k in range(len(rows))
    ]


def distances(trusted: Batch, among: Batch) -> Distances:
    """From rows to their distances (n, m) from those among which one is sought, by the spread of the trusted rows."""
    if trusted.is_text:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.metrics.pairwise import cosine_distances

        words = TfidfVectorizer().fit(trusted.X)
        return lambda X: np.asarray(cosine_distances(words.transform(X), words.transform(among.X)))
    from sklearn.metrics import euclidean_distances
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(trusted.X)
    return lambda X: np.asarray(euclidean_distances(scaler.transform(X), scaler.transform(among.X)))


def _of(among: Batch, far: Floats, names: Sequence[str]) -> dict[str, Any]:
    k = int(far.argmin())
    return {"distance": float(far[k]), **shown(among, k, names)}
