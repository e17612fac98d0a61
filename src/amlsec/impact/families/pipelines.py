"""Pipelines whose last step has a family, and whose first steps do not learn, or only count words."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from amlsec.impact.contract import Model, Question, by_type, family
from amlsec.impact.vocabulary import knowing_words_of_rows


@family.register
def _pipeline(estimator: Pipeline, question: Question) -> Model | None:
    *before, last = (step for _, step in estimator.steps)
    if all(_learns_nothing(step) for step in before):
        return _after_fixed_steps(estimator, question)
    return _counted_words(before[0], last, question) if len(before) == 1 and _counts_every_word(before[0]) else None


def _after_fixed_steps(estimator: Pipeline, question: Question) -> Model | None:
    """The last step's family, on rows transformed by steps that learn nothing: each for itself, that is."""
    if len(estimator.steps) == 1:
        return by_type(estimator.steps[0][1], question)
    fixed = clone(Pipeline(estimator.steps[:-1]))
    return by_type(estimator.steps[-1][1], question.mapped(fixed.fit_transform))


def _counted_words(counter: CountVectorizer, last: Any, question: Question) -> Model | None:
    """The last step's family over the words of the rows trained on, counted by the vocabulary of all rows there are."""
    rows = [question.base.X] if question.removing else [question.base.X, question.offered.X]
    wide = clone(counter).fit(np.concatenate(rows))
    return knowing_words_of_rows(last, question.mapped(wide.transform))


def _learns_nothing(step: Any) -> bool:
    if step is None or step == "passthrough" or isinstance(step, FrozenEstimator):
        return True
    given = type(step) is CountVectorizer and step.vocabulary is not None
    return given or not get_tags(step).requires_fit


def _counts_every_word(step: Any) -> bool:
    """Whether the step keeps every word of the training rows, however rare or frequent."""
    return type(step) is CountVectorizer and (step.min_df, step.max_df, step.max_features) == (1, 1.0, None)
