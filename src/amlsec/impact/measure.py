"""What offered rows do to a model trained on base rows, as trusted quiz rows show it."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.engine import HERE, Workers
from amlsec.impact import families
from amlsec.impact.checks import checked
from amlsec.impact.contract import Answer, Floats, Labelled, Model, Question, Quiz, Tally, by_type, family, tallied
from amlsec.impact.refit import refits
from amlsec.impact.retraining import refitted
from amlsec.impact.units import Units

MOST_ANSWERED = 512
"""Units whose evidence on every quiz row is in memory at a time."""
_WORTH_STARTING = 64


@dataclass(frozen=True, slots=True, eq=False)
class Impacts:
    """What each unit of offered rows, added to the base alone, does to the quiz; columns are benign, malicious.

    Attributes
    ----------
    helped : quiz rows (units, 2) of each class that turn from misjudged to rightly judged
    hurt : quiz rows (units, 2) of each class that turn from rightly judged to misjudged
    margin : mean change (units, 2) of each class's margin, the evidence for the true class; negative harms
    quiz : quiz rows (2,) of each class
    trained : which units (units,) were trained for real; the others are algebra, with the same counts and verdicts
    error : how far the margin (units,) can be off, beyond rounding; 0 for exact families and for trained units
    """

    helped: NDArray[np.int64]
    hurt: NDArray[np.int64]
    margin: Floats
    quiz: NDArray[np.int64]
    trained: NDArray[np.bool_]
    error: Floats

    def __len__(self) -> int:
        return len(self.hurt)

    @property
    def net(self) -> NDArray[np.int64]:
        """Change (units, 2) of the number of rightly judged quiz rows of each class."""
        return self.helped - self.hurt


def impacts(
    estimator: Any,
    base: Batch | Labelled,
    offered: Batch | Labelled,
    quiz: Batch | Labelled,
    *,
    units: Units | None = None,
    workers: Workers = HERE,
    random_state: int = 0,
) -> Impacts:
    """The impact of each offered row on an unfitted classifier, or of each unit of rows added together.

    By algebra where the estimator's type has a family in `impact.families` (or registers its own), by training again
    elsewhere; either way counts and verdicts are those of training again, and only block by block in memory.
    `workers` are threads of this machine for algebra, and say where training runs and whether it is kept; `random_state`
    matters to training.

    Raises InvalidInput where base or quiz lacks a class, a value is not finite, or columns differ.

    >>> from sklearn.naive_bayes import MultinomialNB
    >>> base = Batch(np.array([[3.0, 1.0], [1.0, 3.0]]), np.array([0, 1]))
    >>> quiz = Batch(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([0, 1]))
    >>> flipped = Batch(np.array([[9.0, 0.0], [0.0, 9.0]]), np.array([1, 1]))
    >>> impacts(MultinomialNB(), base, flipped, quiz).net
    array([[-1,  0],
           [ 0,  0]])
    """
    question, units = checked(estimator, base, offered, quiz, units)
    return measured(estimator, question, units, workers, random_state)


def answers(
    estimator: Any,
    base: Batch | Labelled,
    offered: Batch | Labelled,
    quiz: Batch | Labelled,
    *,
    units: Units | None = None,
    workers: Workers = HERE,
    random_state: int = 0,
) -> Iterator[Answer]:
    """Verdicts and evidence on every quiz row after each unit, block by block, in the order of the units.

    As `impacts`, not reduced; units in doubt are trained for real, so that `open` is false throughout.
    """
    question, units = checked(estimator, base, offered, quiz, units)
    return answered(estimator, question, units, workers, random_state)


def margins(
    estimator: Any,
    base: Batch | Labelled,
    offered: Batch | Labelled,
    quiz: Batch | Labelled,
    *,
    units: Units | None = None,
    workers: Workers = HERE,
    random_state: int = 0,
) -> Floats:
    """The margins (units, 2) of `impacts` alone: for linear families at a cost that does not grow with the quiz."""
    question, units = checked(estimator, base, offered, quiz, units)
    model = by_algebra(estimator, question) if len(units) else None
    if model is None:
        return trained(estimator, question, units, workers, random_state).margin
    margin, still_open = np.zeros((len(units), 2)), np.zeros(len(units), dtype=bool)
    for k, part in enumerate(_spread(model.margins, units, model.block, workers)):
        place = slice(k * model.block, (k + 1) * model.block)
        margin[place], still_open[place] = part
    again = np.flatnonzero(still_open)
    margin[again] = trained(estimator, question, units.take(again), _worthy(workers, len(again)), random_state).margin
    return margin


def measured(estimator: Any, question: Question, units: Units, workers: Workers = HERE, random_state: int = 0) -> Impacts:
    """The impacts of a question already checked."""
    model, sizes = by_algebra(estimator, question) if len(units) else None, Quiz(question.quiz.y).sizes
    if model is None:
        tally = trained(estimator, question, units, workers, random_state)
        return Impacts(tally.helped, tally.hurt, tally.margin, sizes, np.ones(len(units), dtype=bool), tally.error)
    tally = joined(_spread(model.tally, units, model.block, workers))
    again = np.flatnonzero(tally.open)
    if len(again):
        for column, values in zip(
            tally, trained(estimator, question, units.take(again), _worthy(workers, len(again)), random_state), strict=True
        ):
            column[again] = values
    return Impacts(tally.helped, tally.hurt, tally.margin, sizes, np.isin(np.arange(len(units)), again), tally.error)


def answered(
    estimator: Any, question: Question, units: Units, workers: Workers = HERE, random_state: int = 0
) -> Iterator[Answer]:
    """The answers to a question already checked."""
    model = by_algebra(estimator, question) if len(units) else None
    if model is None:
        return refits(estimator, question, units, workers.n_jobs, random_state)
    parts = units.blocks(min(model.block, MOST_ANSWERED))
    return (_settled(model.after(part), estimator, question, part, random_state) for part in parts)


def by_algebra(estimator: Any, question: Question) -> Model | None:
    """The base's model by algebra, or None; rows near a tie before anything is added have a real training's verdicts."""
    _register()
    model = by_type(estimator, question)
    if model is not None and model.trains_ties and (np.abs(model.before) <= model.doubt).any():
        model.judged = next(refits(estimator, question, Units.of([[]]))).verdicts[0]
    return model


def trained(estimator: Any, question: Question, units: Units, workers: Workers = HERE, random_state: int = 0) -> Tally:
    """The tally of every unit by training again: in memory, or resumably where workers or a folder are given."""
    if not len(units):
        return joined([])
    if workers != HERE:
        return refitted(estimator, question, units, workers, random_state)
    found = refits(estimator, question, Units.of([[], *units]), None, random_state)
    base = next(found)
    return joined(tallied(base.verdicts[0], base.evidence[0], answer, Quiz(question.quiz.y)) for answer in found)


def joined(parts: Iterable[Tally]) -> Tally:
    """Tallies on end."""
    counts, flags = np.zeros((0, 2), dtype=np.int64), np.zeros(0, dtype=bool)
    nothing = Tally(counts, counts, np.zeros((0, 2)), flags, np.zeros(0))
    return Tally(*(np.concatenate(column) for column in zip(nothing, *parts, strict=True)))


def registered_families() -> dict[type, Callable[[Any, Question], Model | None]]:
    """The function of each estimator type that has a family, of those imported so far and of `impact.families`."""
    _register()
    return {estimator: function for estimator, function in family.registry.items() if estimator is not object}


def _worthy(workers: Workers, units: int) -> Workers:
    """Processes take longer to start than a few units to train."""
    return HERE if units < _WORTH_STARTING and workers.folder is None and workers.cluster is None else workers


@cache
def _register() -> None:
    for module in pkgutil.iter_modules(families.__path__):
        import_module(f"{families.__name__}.{module.name}")


def _spread(ask: Callable[[Units], Any], units: Units, block: int, workers: Workers) -> Iterable[Any]:
    """Each block's answer, in order; in threads, as NumPy's loops let others run."""
    return Parallel(n_jobs=workers.n_jobs, prefer="threads")(delayed(ask)(part) for part in units.blocks(block))  # type: ignore[no-any-return]


def _settled(answer: Answer, estimator: Any, question: Question, units: Units, random_state: int) -> Answer:
    """The answer, open units replaced by training."""
    again = np.flatnonzero(answer.open)
    for k, real in zip(again, refits(estimator, question, units.take(again), None, random_state), strict=True):
        answer.verdicts[k], answer.evidence[k], answer.error[k] = real.verdicts[0], real.evidence[0], 0.0
    answer.open[:] = False
    return answer
