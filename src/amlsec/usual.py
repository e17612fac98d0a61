"""The classifier where none is given."""

from __future__ import annotations

from typing import Any

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
