"""What offered rows do to a model trained on base rows, as trusted quiz rows show it."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.impact import families
from amlsec.impact.contract import Answer, Family, Labelled, Question, Unit, family
from amlsec.impact.refit import refits

CLASSES = (BENIGN, MALICIOUS)


@dataclass(frozen=True, slots=True, eq=False)
class Impacts:
    """What each unit of offered rows, added to the base alone, does to the quiz; columns are benign, malicious.

    Attributes
    ----------
    helped : quiz rows (units, 2) of each class that turn from misjudged to rightly judged
    hurt : quiz rows (units, 2) of each class that turn from rightly judged to misjudged
    margin : mean change (units, 2) of each class's margin, the evidence for the true class; negative harms
    quiz : quiz rows (2,) of each class
    exact : whether by algebra (True) or by training again (False); the counts and verdicts are the same
    """

    helped: NDArray[np.int64]
    hurt: NDArray[np.int64]
    margin: NDArray[np.float64]
    quiz: NDArray[np.int64]
    exact: bool

    def __len__(self) -> int:
        return len(self.hurt)

    @property
    def net(self) -> NDArray[np.int64]:
        """Change (units, 2) of the number of rightly judged quiz rows of each class."""
        return self.helped - self.hurt


def impacts(
    estimator: Any,
    base: Batch,
    offered: Batch,
    quiz: Batch,
    *,
    units: Sequence[Unit] | None = None,
    n_jobs: int | None = None,
    random_state: int = 0,
) -> Impacts:
    """The impact of each offered row on an unfitted classifier, or of each unit of rows added together.

    By algebra where the estimator's type has a family in `impact.families` (or registers its own), by training again
    elsewhere; either way counts and verdicts are those of training again, and only block by block in memory.
    `units` are positions in `offered`; `n_jobs` and `random_state` matter to training again.

    Raises InvalidInput where base or quiz lacks a class.

    >>> from sklearn.naive_bayes import MultinomialNB
    >>> base = Batch(np.array([[3.0, 1.0], [1.0, 3.0]]), np.array([0, 1]))
    >>> quiz = Batch(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([0, 1]))
    >>> flipped = Batch(np.array([[9.0, 0.0], [0.0, 9.0]]), np.array([1, 1]))
    >>> impacts(MultinomialNB(), base, flipped, quiz).net
    array([[-1,  0],
           [ 0,  0]])
    """
    for name, rows in (("base", base), ("quiz", quiz)):
        if len(np.unique(rows.y)) < 2:
            raise InvalidInput(name, f"{len(rows)} rows of labels {np.unique(rows.y)}", "must hold both classes")
    alone = [np.array([row]) for row in range(len(offered))] if units is None else list(units)
    if not alone:
        return _nothing(quiz.y, exact_family(estimator) is not None)
    asked = [np.zeros(0, dtype=np.intp), *alone]
    question = Question(Labelled(base.X, base.y), Labelled(offered.X, offered.y), asked, quiz.X)
    exactly = exact_family(estimator)
    answers = refits(estimator, question, n_jobs, random_state)
    if exactly:
        answers = _settled(exactly, estimator, question, random_state)
    return _reduced(answers, quiz.y, exactly is not None)


def exact_family(estimator: Any) -> Family | None:
    """The family that answers for this estimator by algebra, or None."""
    _register()
    return family(estimator)


@cache
def _register() -> None:
    for module in pkgutil.iter_modules(families.__path__):
        import_module(f"{families.__name__}.{module.name}")


def _settled(exactly: Family, estimator: Any, question: Question, random_state: int) -> Iterator[Answer]:
    """The family's answers, those of close units replaced by training."""
    start = 0
    for answer in exactly(estimator, question):
        close = np.flatnonzero(answer.close)
        again = replace(question, units=[question.units[start + k] for k in close.tolist()])
        for k, trained in zip(close, refits(estimator, again, None, random_state), strict=True):
            answer.verdicts[k], answer.evidence[k] = trained.verdicts[0], trained.evidence[0]
        start += len(answer.close)
        yield answer


def _reduced(answers: Iterator[Answer], y: NDArray[np.int64], exact: bool) -> Impacts:
    """The first unit is the empty one: the base by itself."""
    first = next(answers)
    right, margin = _judged(first, y)
    before = right[0], margin[0]
    parts = [_compared(right[1:], margin[1:], before, y)]
    parts += [_compared(*_judged(answer, y), before, y) for answer in answers]
    helped, hurt, changed = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Impacts(helped, hurt, changed, np.array([(y == c).sum() for c in CLASSES]), exact)


def _nothing(y: NDArray[np.int64], exact: bool) -> Impacts:
    counts, changes = np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2))
    return Impacts(counts, counts, changes, np.array([(y == c).sum() for c in CLASSES]), exact)


def _judged(answer: Answer, y: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    return answer.verdicts == (y == MALICIOUS), answer.evidence * np.where(y == MALICIOUS, 1.0, -1.0)


def _compared(
    right: NDArray[np.bool_],
    margin: NDArray[np.float64],
    before: tuple[NDArray[np.bool_], NDArray[np.float64]],
    y: NDArray[np.int64],
) -> tuple[NDArray[Any], ...]:
    was_right, was = before
    return (
        _by_class(right & ~was_right, y, np.sum),
        _by_class(~right & was_right, y, np.sum),
        _by_class(margin - was, y, np.mean),
    )


def _by_class(values: NDArray[Any], y: NDArray[np.int64], reduce: Any) -> NDArray[Any]:
    return np.column_stack([reduce(values[:, y == c], axis=1) for c in CLASSES])
