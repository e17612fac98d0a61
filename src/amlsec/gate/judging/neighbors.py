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


def nearest(far: Distances, trusted: Batch, rows: Batch, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """For each row, the nearest trusted row of each label, and how far it is, by `distances(trusted)`.

    >>> from amlsec.data import texts
    >>> trusted = Batch(texts(["win cash now", "lunch at noon"]), np.array([1, 0]))
    >>> found = nearest(distances(trusted), trusted, Batch(texts(["cash to win"]), np.array([0])))
    >>> found[0]["malicious"]["text"], round(found[0]["benign"]["distance"], 3)
    ('win cash now', 1.0)
    """
    return [
        {name: _of(trusted, np.where(trusted.y == label, one, np.inf), names) for label, name in enumerate(LABELS)}
        for one in far(rows.X)
    ]


def distances(trusted: Batch) -> Distances:
    """From rows to their distances (n, m) from trusted ones: 1 - cosine of TF-IDF, or standard deviations."""
    if trusted.is_text:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.metrics.pairwise import cosine_distances

        words = TfidfVectorizer()
        known = words.fit_transform(trusted.X)
        return lambda X: np.asarray(cosine_distances(words.transform(X), known))
    from sklearn.metrics import euclidean_distances
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    known = scaler.fit_transform(trusted.X)
    return lambda X: np.asarray(euclidean_distances(scaler.transform(X), known))


def _of(trusted: Batch, far: Floats, names: Sequence[str]) -> dict[str, Any]:
    k = int(far.argmin())
    return {"distance": float(far[k]), **shown(trusted, k, names)}
