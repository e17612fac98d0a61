"""Pipelines whose last step has an exact family, and whose first steps do not learn, or only count words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from amlsec.impact.contract import Answer, Family, Labelled, Question, family
from amlsec.impact.families.naive_bayes import multinomial


@family.register
def _pipeline(estimator: Pipeline) -> Family | None:
    *before, last = (step for _, step in estimator.steps)
    if family(last) is None:
        return None
    if all(_learns_nothing(step) for step in before):
        return _after_fixed_steps
    counts_words = len(before) == 1 and _counts_every_word(before[0]) and type(last) is MultinomialNB
    return _counted_words if counts_words else None


def _after_fixed_steps(estimator: Pipeline, question: Question) -> Iterator[Answer]:
    """The last step's family, on rows transformed by steps that learn nothing."""
    last = estimator.steps[-1][1]
    exactly = family(last)
    assert exactly is not None
    fixed = clone(Pipeline(estimator.steps[:-1])) if len(estimator.steps) > 1 else None
    return exactly(last, question if fixed is None else _transformed(question, fixed.fit_transform))


def _counted_words(estimator: Pipeline, question: Question) -> Iterator[Answer]:
    """Multinomial naive Bayes over words counted by a vocabulary that grows with the training rows."""
    counter, last = (step for _, step in estimator.steps)
    wide = clone(counter).fit(np.concatenate([question.base.X, question.offered.X]))
    transformed = _transformed(question, wide.transform)
    return multinomial(last, transformed, known=np.asarray(transformed.base.X.sum(axis=0)).ravel() > 0)


def _transformed(question: Question, transform: Any) -> Question:
    base, offered = (Labelled(transform(rows.X), rows.y) for rows in (question.base, question.offered))
    return replace(question, base=base, offered=offered, quiz=transform(question.quiz))


def _learns_nothing(step: Any) -> bool:
    if step is None or step == "passthrough":
        return True
    given = isinstance(step, CountVectorizer) and type(step) is CountVectorizer and step.vocabulary is not None
    return given or not get_tags(step).requires_fit


def _counts_every_word(step: Any) -> bool:
    """Whether the step keeps every word of the training rows, however rare or frequent."""
    return type(step) is CountVectorizer and (step.min_df, step.max_df, step.max_features) == (1, 1.0, None)
