"""The game of inference: how many hidden values are learnt from the model that the data alone do not give away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.errors import NotApplicable
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.play import Outcome, Play
from amlsec.evidence import Interval, change, rate
from amlsec.frame import guessed
from amlsec.imputation import Levels, imputations, known_of, levels
from amlsec.shadow import Shadow
from amlsec.space.tabular import tabular

ROWS = 1000
"""About so many people of the training rows, and as many others, at most."""
Hits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """Whose value of one sensitive column is guessed right: with the model (n,), and by imputation without it (n,)."""

    column: str
    members: Hits
    with_model: Hits
    without: Hits
    confidence: float

    def gain(self, who: Hits) -> Interval:
        """How many more of these rows are guessed right with the model than without."""
        more, fewer = self.with_model & ~self.without, self.without & ~self.with_model
        return change(int(more[who].sum()), int(fewer[who].sum()), int(who.sum()), self.confidence)

    @property
    def words(self) -> dict[str, str]:
        """The figures, for a reader."""
        inside, outside = self.gain(self.members), self.gain(~self.members)
        shares = {
            "with the model": self.with_model[self.members],
            "without it": self.without[self.members],
            "with the model, of others": self.with_model[~self.members],
            "without it, of others": self.without[~self.members],
        }
        return {
            **{f"{self.column}: right {how}": str(rate(int(hits.sum()), len(hits))) for how, hits in shares.items()},
            f"{self.column}: gain": str(inside),
            f"{self.column}: gain, of others": str(outside),
            f"{self.column}: gain from having been trained on": str(less(inside, outside)),
        }


def inference_game(play: Play) -> Outcome:
    """How many more sensitive values of training rows are guessed right by who asks the model than by who does not.

    All sensitive columns are hidden at once. A trial is a training row; it is gained where the attack is right and an
    imputer wrong, and lost where it is the other way round. The imputer guesses from the rows that the attacker owns, the
    row's other columns and perhaps its label; of several learners the one that is right most often, here and on the trusted
    rows. Of several columns the one with the highest lower end counts, its interval widened for having been chosen. As many
    outsiders are asked about too: what is gained on them is owed to what the model says of everybody, and the difference
    to having been trained on. A number is right within a tenth of the spread between its 5 % and 95 % quantiles.

    Raises NotApplicable where no column is sensitive.
    """
    ground = play.ground
    if not ground.sensitive:
        raise NotApplicable("no column is said to be sensitive: name those that nobody is to learn with --sensitive")
    rows, members = asked_about(ground, play.rng)
    hidden = np.array(sorted(ground.sensitive), dtype=np.intp)
    model, shadow = ground.clean_model(play.defense), Shadow(ground.shadow, ground.space, ground.offers["estimator"])
    guesses, spent = guessed(play.card, model, rows, hidden, shadow=shadow, budget=play.budget, rng=play.rng)
    learnt = [_learnt(ground, rows, members, hidden, place, guesses[:, place]) for place in range(len(hidden))]
    return replace(_outcome(learnt, members), spent={"queries": float(np.median(spent))})


def asked_about(ground: Ground, rng: np.random.Generator) -> tuple[Batch, Hits]:
    """Training rows and as many outsiders in a random order, and which of them were trained on."""
    trained_on = ground.members
    most = min(len(trained_on), len(ground.outsiders), ROWS)
    drawn = [rows.rows(rng.choice(len(rows), most, replace=False)) for rows in (trained_on, ground.outsiders)]
    order = rng.permutation(2 * most)
    return (drawn[0] + drawn[1]).rows(order), order < most


def _learnt(
    ground: Ground, rows: Batch, members: Hits, hidden: NDArray[np.intp], place: int, guesses: NDArray[np.float64]
) -> Learnt:
    columns, j = tabular(ground.space).columns, int(hidden[place])
    among = levels(columns[j], ground.shadow.X[:, j])
    without = _best_imputation(ground, rows, hidden, j, among)
    return Learnt(columns[j].name, members, among.right(guesses, rows.X[:, j]), without, 1 - 0.05 / len(hidden))


def _best_imputation(ground: Ground, rows: Batch, hidden: NDArray[np.intp], j: int, among: Levels) -> Hits:
    """Where (n,) the imputer that is right most often, on these rows and the trusted ones, is right on these.

    Some use the label and some do not: who guesses as one of them does, as an attack to which the model says nothing, is
    right no more often than the best of them.
    """
    asked = ground.trusted + rows
    every = [guesses for label in (True, False) for guesses in _imputed(ground, asked, hidden, j, among, label)]
    right = [among.right(guesses, asked.X[:, j]) for guesses in every]
    return max(right, key=lambda hits: hits.mean())[len(ground.trusted) :]


def _imputed(
    ground: Ground, asked: Batch, hidden: NDArray[np.intp], j: int, among: Levels, label: bool
) -> list[NDArray[np.float64]]:
    """The guesses (n,) of every imputer at a hidden column."""
    columns = tabular(ground.space).columns
    known, X = known_of(columns, ground.shadow, hidden, label=label)
    return imputations(known, X, ground.shadow.X[:, j], known_of(columns, asked, hidden, label=label)[1], among)


def _outcome(learnt: list[Learnt], members: Hits) -> Outcome:
    worst = max(learnt, key=lambda found: found.gain(members).low)
    found, without = worst.gain(members), worst.without[members]
    gained = int((worst.with_model[members] & ~without).sum())
    words = {name: value for each in learnt for name, value in each.words.items()}
    return Outcome(
        gained,
        int((without & ~worst.with_model[members]).sum()),
        len(without),
        float(without.mean()),
        len(without),
        paired=True,
        interval=(found.low, found.high),
        measured=words,
    )


def less(one: Interval, other: Interval) -> Interval:
    """The difference of two independent figures, by the square-and-add rule (MOVER, Zou and Donner 2008).

    >>> str(less(Interval(0.5, 0.4, 0.6), Interval(0.3, 0.2, 0.4)))
    '20.0% (5.9% to 34.1%)'
    """
    value = one.value - other.value
    low = value - float(np.hypot(one.value - one.low, other.high - other.value))
    high = value + float(np.hypot(one.high - one.value, other.value - other.low))
    return Interval(value, low, high, one.confidence)
