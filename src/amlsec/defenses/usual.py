"""The classifier a defense uses where none is given, and how it does on rows it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from amlsec.data import Batch


def usual(rows: Batch) -> Any:
    """An unfitted classifier for such rows: logistic regression on TF-IDF of texts, or on standardised columns.

    It is quick, and needs few rows.
    """
    if rows.is_text:
        from sklearn.feature_extraction.text import TfidfVectorizer

        return make_pipeline(TfidfVectorizer(), LogisticRegression(C=10, class_weight="balanced", max_iter=1000))
    return make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))


def without(parts: Sequence[Batch], k: int, estimator: Any) -> Any:
    """The classifier fitted on all parts but part k."""
    others: Batch = reduce(add, [part for j, part in enumerate(parts) if j != k])
    return clone(estimator).fit(others.X, others.y)
