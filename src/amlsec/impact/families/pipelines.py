"""Pipelines whose last step has a family, and whose first steps do not learn, or only count words."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from amlsec.impact.contract import Model, Question, by_type, family
from amlsec.impact.families.multinomial_nb import multinomial


@family.register
def _pipeline(estimator: Pipeline, question: Question) -> Model | None:
    *before, last = (step for _, step in estimator.steps)
    if all(_learns_nothing(step) for step in before):
        return _after_fixed_steps(estimator, question)
    counts_words = len(before) == 1 and _counts_every_word(before[0]) and type(last) is MultinomialNB
    return _counted_words(before[0], last, question) if counts_words else None


def _after_fixed_steps(estimator: Pipeline, question: Question) -> Model | None:
    """The last step's family, on rows transformed by steps that learn nothing."""
    if len(estimator.steps) == 1:
        return by_type(estimator.steps[0][1], question)
    fixed = clone(Pipeline(estimator.steps[:-1]))
    return by_type(estimator.steps[-1][1], question.mapped(fixed.fit_transform))


def _counted_words(counter: CountVectorizer, last: MultinomialNB, question: Question) -> Model | None:
    """Multinomial naive Bayes over words counted by a vocabulary that grows with the training rows.

    None where rows are left out: words go with them, and the algebra only knows of words that come.
    """
    if question.removing:
        return None
    wide = clone(counter).fit(np.concatenate([question.base.X, question.offered.X]))
    return multinomial(last, question.mapped(wide.transform), grows=True)


def _learns_nothing(step: Any) -> bool:
    if step is None or step == "passthrough":
        return True
    given = isinstance(step, CountVectorizer) and type(step) is CountVectorizer and step.vocabulary is not None
    return given or not get_tags(step).requires_fit


def _counts_every_word(step: Any) -> bool:
    """Whether the step keeps every word of the training rows, however rare or frequent."""
    return type(step) is CountVectorizer and (step.min_df, step.max_df, step.max_features) == (1, 1.0, None)
