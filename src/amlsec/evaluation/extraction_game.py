"""The game of extraction: how much of a model its copy has, beyond what the thief's own rows teach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.dummy import DummyClassifier

from amlsec.data import Rows
from amlsec.errors import ModelFailed
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.play import Outcome, Play
from amlsec.evidence import rate
from amlsec.frame import steal
from amlsec.models.fixed import Finished
from amlsec.oracle import Model, fitted
from amlsec.shadow import Shadow
from amlsec.space.slots import Slots
from amlsec.space.tabular import TabularSpace

PARTS = (1 / 16, 1 / 4)
"""Parts of the budget at which a copy is made too, so as to see how many questions it takes."""
FAITHFUL = 0.99
ANYWHERE = 1000
"""How many rows are drawn from the whole space."""
EQUAL = 1e-9
"""Scores that differ by no more than this part of the largest are the same function's."""
SAME = "the same function"
"""What is said of such a copy."""


@dataclass(frozen=True, slots=True, eq=False)
class _Copy:
    """A copy, what it cost, and on which test rows (n,) it agrees with the model."""

    model: Model
    asked: int
    agrees: NDArray[np.bool_]


def extraction_game(play: Play) -> Outcome:
    """On how many test rows the copy's verdicts are the model's where those of a model of his own rows are not, and less.

    He asks the system, and what he is after is the model in it: behind a guard, its unguarded verdicts. What he would have
    without a question is the learner trained on his rows, which he is granted here whether he knows it or not; of a model
    that nothing trains there is no learner, and he has what the attack gives him when it may ask nothing. Test rows
    show what the copy is worth on real ones, rows drawn evenly from the whole space how much of the function it is.
    """
    ground = play.ground
    prize = _prize(ground.clean_model(play.defense))
    own = _agreement(_own(play), prize, ground.test.X)
    copies = list(_copies(play, prize))
    last = copies[-1]
    return Outcome(
        float((last.agrees & ~own).sum()),
        float((own & ~last.agrees).sum()),
        len(own),
        float(own.mean()),
        len(own),
        {"queries": float(last.asked)},
        paired=True,
        measured={**_fidelity(play, last, prize), "99% agreement after": _enough(copies)},
    )


def _copies(play: Play, prize: Model) -> Iterator[_Copy]:
    """Copies made with a part of the budget, and with all of it."""
    ground, model = play.ground, play.ground.clean_model(play.defense)
    shadow = Shadow(ground.shadow, ground.space, _learner(ground))
    for part in (*PARTS, 1.0):
        budget = replace(play.budget, queries=int(part * play.budget.queries))
        stolen, asked = steal(play.card, model, shadow=shadow, budget=budget, rng=play.rng)
        yield _Copy(stolen, asked, _agreement(stolen, prize, ground.test.X))


def _fidelity(play: Play, copy: _Copy, prize: Model) -> dict[str, str]:
    """How well a copy agrees with the model, in words."""
    test, drawn = play.ground.test.X, anywhere(play.ground, play.rng)
    far = _agreement(copy.model, prize, drawn)
    rows = np.concatenate([test, drawn])
    scores = prize.scores(rows)
    off, largest = (np.abs(values).max(initial=0) for values in (copy.model.scores(rows) - scores, scores))
    return {
        "same verdict on test rows": str(rate(int(copy.agrees.sum()), len(test))),
        "same verdict anywhere in the space": str(rate(int(far.sum()), len(drawn))),
        "questions": str(copy.asked),
        "largest difference of scores": f"{off:.1e}" + (f", {SAME}" if off <= EQUAL * largest else ""),
    }


def _enough(copies: list[_Copy]) -> str:
    fewest = min((copy.asked for copy in copies if copy.agrees.mean() >= FAITHFUL), default=None)
    return f"more than {copies[-1].asked} questions" if fewest is None else f"{fewest} questions at most"


def anywhere(ground: Ground, rng: np.random.Generator) -> Rows:
    """Rows drawn evenly from a table's space; of other spaces, test rows changed at random as far as the space goes."""
    if isinstance(ground.space, TabularSpace):
        slots = Slots(ground.space)
        return slots.rows(slots.uniform(ANYWHERE, rng))
    some = ground.test.rows(rng.choice(len(ground.test), ANYWHERE))
    return ground.space.sample(some.X, np.inf, rng)


def _agreement(one: Model, two: Model, X: Rows) -> NDArray[np.bool_]:
    return np.asarray(one.labels(X) == two.labels(X))


def _learner(ground: Ground) -> Any:
    """What trains the model; None where nothing does: handed over, the model itself would be no secret."""
    learner = ground.offers["estimator"]
    return None if isinstance(learner, Finished) else learner


def _own(play: Play) -> Model:
    """The learner trained on the thief's own rows; where these are too few for it, their most frequent label."""
    ground, learner, own = play.ground, _learner(play.ground), play.ground.shadow
    if learner is None:
        nothing, model = replace(play.budget, queries=0), ground.clean_model(play.defense)
        return steal(play.card, model, shadow=Shadow(own, ground.space), budget=nothing, rng=play.rng)[0]
    try:
        model = fitted(clone(learner).fit(own.X, own.y))
        model.labels(own.X[:1])  # k-NN of fewer rows than k fits, and judges none
        return model
    except (ValueError, ModelFailed):
        return fitted(DummyClassifier(strategy="most_frequent").fit(own.X, own.y))


def _prize(model: Any) -> Model:
    """The model itself: of a guarded one, what is guarded."""
    guard = getattr(model, "guard", None)
    return model if guard is None else fitted(guard.estimator_)
