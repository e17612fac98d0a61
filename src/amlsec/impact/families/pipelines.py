"""Pipelines whose last step has a family, and whose first steps do not learn, or only count words."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from amlsec.impact.contract import Model, Question, by_type, family
from amlsec.impact.units import stacked
from amlsec.impact.vocabulary import knowing_words_of_rows

_ROUNDING = 1e4  # units in the last place that a matrix product may be off by the number of its rows


@family.register
def _pipeline(estimator: Pipeline, question: Question) -> Model | None:
    """As its last step, after steps that learn nothing, or are frozen; or after one that counts every word.

    `CountVectorizer` does with its default cut-offs. The last step is naive Bayes then: its vocabulary grows with a row, and
    shrinks without one.
    """
    *before, last = (step for _, step in estimator.steps)
    if all(_learns_nothing(step) for step in before):
        return _after_fixed_steps(estimator, question)
    return _counted_words(before[0], last, question) if len(before) == 1 and _counts_every_word(before[0]) else None


def _after_fixed_steps(estimator: Pipeline, question: Question) -> Model | None:
    """The last step's family, on rows transformed by steps that learn nothing."""
    if len(estimator.steps) == 1:
        return by_type(estimator.steps[0][1], question)
    seen = _seen(clone(Pipeline(estimator.steps[:-1])), question)
    return None if seen is None else by_type(estimator.steps[-1][1], seen)


def _seen(fixed: Pipeline, question: Question) -> Question | None:
    """The question about transformed rows; None where what becomes of a row hangs on those around it."""
    base, offered, quiz = question.base, question.offered, question.quiz
    n, rows = len(base.y), base.X if question.removing else stacked(base.X, offered.X)
    whole, judged = fixed.fit_transform(rows.copy()), fixed.fit_transform(quiz.X.copy())
    halves = [fixed.fit_transform(rows[half]) for half in np.array_split(np.arange(n), 2)]
    if not _same(whole, halves):
        return None
    more = whole if question.removing else whole[n:]
    return replace(question, base=base._replace(X=whole[:n]), offered=offered._replace(X=more), quiz=quiz._replace(X=judged))


def _same(whole: Any, parts: list[Any]) -> bool:
    """Whether an array begins with these parts, to rounding."""
    if not (issparse(whole) or isinstance(whole, np.ndarray)):
        return False
    apart = stacked(*parts)
    together = whole[: apart.shape[0]]
    if apart.shape != together.shape:
        return False
    if whole.dtype.kind != "f":
        return not (apart != together).sum()
    return bool(abs(apart - together).max() <= _ROUNDING * np.finfo(whole.dtype).eps * abs(together).max())


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
    """Whether the step keeps every word of the training rows, however rare or frequent: 1 is one row, and 1.0 all rows."""
    if type(step) is not CountVectorizer or isinstance(step.max_df, Integral) or not isinstance(step.min_df, Integral):
        return False
    return bool(step.min_df == 1 and step.max_df == 1.0 and step.max_features is None)
