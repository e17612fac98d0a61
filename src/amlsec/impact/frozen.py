"""Pipelines whose first steps have learnt once and for all, so that their last step can be answered for by algebra."""

from __future__ import annotations

from typing import Any

from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Labelled


def frozen(pipeline: Pipeline, base: Batch | Labelled) -> Pipeline:
    """The unfitted pipeline with all steps but the last fitted on the base, for good; the last step is still to be trained.

    A vectorizer, scaler or selection learns from all training rows, so that a candidate moves every row a little; frozen,
    it does not see the candidate. Asked of the frozen pipeline, impacts are those of its last step alone: exact for a
    product that fits its first steps seldom and its classifier often, an approximation for one that fits both anew.
    Words that the base lacks are not counted then. Weights of rows go to the last step only.

    Raises InvalidInput where there is no first step to freeze.

    >>> import numpy as np
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.naive_bayes import MultinomialNB
    >>> from sklearn.pipeline import make_pipeline
    >>> from amlsec.data import texts
    >>> from amlsec.impact.measure import impacts
    >>> base = Batch(texts(["see you at noon", "buy pills now", "noon it is", "pills for you"]), np.array([0, 1, 0, 1]))
    >>> model = frozen(make_pipeline(TfidfVectorizer(), MultinomialNB()), base)
    >>> offered = Batch(texts(["noon pills"] * 2), np.array([0, 1]))
    >>> impacts(model, base, offered, base).trained
    array([False, False])
    """
    if not isinstance(pipeline, Pipeline) or len(pipeline.steps) < 2:
        raise InvalidInput("pipeline", pipeline, "must be a Pipeline of at least two steps")
    whole = clone(pipeline)
    *first, last = whole.steps
    fitted = Pipeline(first).fit(base.X, base.y)
    whole.steps = [*((name, _kept(step)) for name, step in fitted.steps), last]
    return whole


def _kept(step: Any) -> Any:
    return step if step is None or step == "passthrough" else FrozenEstimator(step)
