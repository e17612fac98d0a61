"""What a model family answers: the base plus these rows, what then of the quiz?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS
from amlsec.impact.units import Units

Floats = NDArray[np.float64]
CLASSES = (BENIGN, MALICIOUS)
NEAR = 1e-9
"""Evidence this near to a tie is not trusted to rounding."""


class Labelled(NamedTuple):
    """Rows of any kind, sparse ones too, their labels (n,), and their weights (n,); None weighs every row 1."""

    X: Any
    y: NDArray[np.int64]
    weight: Floats | None = None

    @property
    def weights(self) -> Floats:
        """The weight (n,) of each row."""
        return np.ones(len(self.y)) if self.weight is None else self.weight


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Train on the base and one unit of the offered rows: what of the quiz rows?

    Attributes
    ----------
    base, offered : rows to train on
    quiz : rows to judge
    removing : whether units are left out of the base instead; `offered` then is the base, with its weights negated
    """

    base: Labelled
    offered: Labelled
    quiz: Labelled
    removing: bool = False

    def mapped(self, transform: Any) -> Question:
        """The same question about transformed rows."""
        parts = {name: getattr(self, name) for name in ("base", "offered", "quiz")}
        return replace(self, **{name: rows._replace(X=transform(rows.X)) for name, rows in parts.items()})


class Answer(NamedTuple):
    """What k models, one a unit, say of the m quiz rows.

    Attributes
    ----------
    verdicts : whether a row is judged malicious (k, m)
    evidence : that the row is malicious (k, m): the decision function, else log-odds
    open : whether the unit (k,) must be trained for real: a row too close to a tie, or a bound that decides nothing
    error : how far the evidence of the unit (k,) can be off, beyond rounding; 0 for exact families
    """

    verdicts: NDArray[np.bool_]
    evidence: Floats
    open: NDArray[np.bool_]
    error: Floats


class Tally(NamedTuple):
    """What k units do to the quiz, by class of the quiz rows; columns are benign, malicious.

    Attributes
    ----------
    helped : rows (k, 2) that turn from misjudged to rightly judged
    hurt : rows (k, 2) that turn from rightly judged to misjudged
    margin : mean change (k, 2) of the evidence for the true class
    open : whether the unit (k,) must be trained for real
    error : how far the margin of the unit (k,) can be off, beyond rounding
    """

    helped: NDArray[np.int64]
    hurt: NDArray[np.int64]
    margin: Floats
    open: NDArray[np.bool_]
    error: Floats


class Quiz:
    """The quiz rows' labels (m,), and sums over each class."""

    def __init__(self, y: NDArray[np.int64]) -> None:
        self.y = y
        self.malicious = y == MALICIOUS
        self.sign = np.where(self.malicious, 1.0, -1.0)
        self.sizes = np.array([(y == c).sum() for c in CLASSES])
        self.by_class = (y[:, None] == np.arange(2)).astype(np.float32)
        self.mean_margin = self.by_class * (self.sign[:, None] / np.maximum(self.sizes, 1))
        """(m, 2): evidence (k, m) times this is the mean margin (k, 2) of each class."""

    def margin(self, gained: Floats) -> Floats:
        """The mean change (k, 2) of each class's margin, by changes (k, m) of the evidence, infinite ones too."""
        margin = np.asarray(gained @ self.mean_margin)
        for k in np.flatnonzero(~np.isfinite(margin).all(axis=1)):
            margin[k] = [(gained[k] * self.sign)[self.y == c].mean() for c in CLASSES]
        return margin

    def counted(self, flags: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many rows (k, 2) of each class are flagged (k, m)."""
        return np.asarray(np.rint(flags.astype(np.float32) @ self.by_class), dtype=np.int64)


class Model(ABC):
    """A family's model of the base, asked what units of rows do to its evidence on the quiz rows.

    A family writes `after`; where it can say less than all evidence in less time it writes `tally` and `margins` too.

    Attributes
    ----------
    before : evidence (m,) of the model trained on the base alone
    judged : its verdicts (m,); where the evidence is near 0, those of a real training
    quiz : the labels
    doubt : evidence (m,) no further than this from 0 is not trusted to rounding
    block : how many units to ask about at a time
    trains_ties : whether a base with evidence near to a tie is trained for its verdicts there
    """

    block = 256
    trains_ties = True

    def __init__(self, before: Floats, y: NDArray[np.int64]) -> None:
        self.before = before
        self.judged = before > 0
        self.doubt: Floats = np.full(len(before), NEAR)
        self.quiz = Quiz(y)

    @abstractmethod
    def after(self, units: Units) -> Answer:
        """The models trained on the base and each of the k units."""

    def tally(self, units: Units) -> Tally:
        """What each of the k units does to the quiz."""
        return tallied(self.judged, self.before, self.after(units), self.quiz)

    def margins(self, units: Units) -> tuple[Floats, NDArray[np.bool_]]:
        """The mean change (k, 2) of each class's margin, and which units (k,) must be trained for real to know."""
        tally = self.tally(units)
        return tally.margin, tally.open

    def shifts(self, units: Units) -> Floats | None:
        """How far the parameters move (k,), in Euclidean norm; None where the model has none."""
        return None


@singledispatch
def family(_estimator: Any, _question: Question) -> Model | None:
    """The base's model by algebra, of an unfitted estimator, by its exact type.

    None where there is no algebra, or none for these settings or this question: then it is training again.
    """
    return None


def by_type(estimator: Any, question: Question) -> Model | None:
    """The model of the family registered for exactly this type: a subclass may compute otherwise, and registers its own."""
    return family.registry.get(type(estimator), family.registry[object])(estimator, question)


def tallied(judged: NDArray[np.bool_], before: Floats, answer: Answer, quiz: Quiz) -> Tally:
    """An answer, reduced: against the base's verdicts and evidence (m,)."""
    was, now = judged == quiz.malicious, answer.verdicts == quiz.malicious
    with np.errstate(invalid="ignore"):  # of infinite evidence
        margin = quiz.margin(answer.evidence - before)
    return Tally(quiz.counted(now & ~was), quiz.counted(was & ~now), margin, answer.open, answer.error)


def certain(evidence: Floats) -> Answer:
    """The answer where the verdict is the evidence's sign; units with evidence nearer to 0, or NaN, are left to training."""
    near = np.asarray(~(np.abs(evidence) > NEAR).all(axis=1))
    return Answer(evidence > 0, evidence, near, np.zeros(len(evidence)))
