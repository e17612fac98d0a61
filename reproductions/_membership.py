"""Membership attacks on one model: who was asked, what they guessed, and how many members that finds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import QueryBudget
from amlsec.data import Batch
from amlsec.evaluation.membership import measure, threshold
from amlsec.evidence import Interval
from amlsec.oracle import Model, Oracle
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace
from amlsec.threat import Access

Scores = NDArray[np.float64]
Guesses = dict[str, Scores]
Guess = Callable[[Model, Batch, Batch, int], Scores]
"""Of a model, rows asked about, rows of the attacker's own and a seed."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Guesses (n,) by attack on one model, the shares of members and others on which it is right, and processor time.

    Attributes
    ----------
    members, others : guesses by attack
    right : of members and of others
    seconds : what each attack took
    """

    members: Guesses
    others: Guesses
    right: tuple[float, float]
    seconds: dict[str, float]


def guess(
    attack: Callable[..., Scores], model: Model, rows: Batch, own: Batch, seed: int, like: Any = None, **how: Any
) -> Scores:
    """What an attack that knows a learner like the model's says of each row (n,) from one query."""
    oracle = Oracle(model, access=Access.SCORES, rows=len(rows), queries=1)
    shadow, rng = Shadow(own, _space(rows), like), np.random.default_rng(seed)
    return attack(oracle, rows, shadow=shadow, budget=QueryBudget(1), rng=rng, **how)


def parts(rows: Batch, sizes: Sequence[int], rng: np.random.Generator) -> list[Batch]:
    """Disjoint parts of these sizes, drawn at random."""
    order = rng.permutation(len(rows))[: sum(sizes)]
    return [rows.rows(at) for at in np.split(order, np.cumsum(sizes)[:-1])]


def fold(model: Model, drawn: Sequence[Batch], attacks: dict[str, Guess], seed: int) -> Fold:
    """Each attack on a model trained on the first of three parts; the second is the others, the third the attacker's."""
    members, others, own = drawn
    guesses, seconds = {}, {}
    for name, attack in attacks.items():
        start = time.process_time()
        guesses[name] = attack(model, members + others, own, seed)
        seconds[name] = time.process_time() - start
    both = (slice(len(members)), slice(len(members), None))
    inside, outside = ({name: guess[at] for name, guess in guesses.items()} for at in both)
    right = [float((model.labels(part.X) == part.y).mean()) for part in (members, others)]
    return Fold(inside, outside, (right[0], right[1]), seconds)


def found(each: Fold, attack: str, allowed: float) -> float:
    """The share of members above the threshold of a false positive rate."""
    return float((each.members[attack] > threshold(each.others[attack], allowed)).mean())


def interval(each: Fold, attack: str, allowed: float) -> Interval:
    """The same with its 95 % interval, of the rows of this one model."""
    measured = measure(each.members[attack], each.others[attack], (allowed,)).at[0].found
    assert measured is not None
    return measured


def draw(axes: Any, folds: Sequence[Fold], at: float = 0.001) -> None:
    """Members found against false positives, both logarithmic, mean over folds; bars: the mean interval at one rate."""
    others = min(len(scores) for scores in folds[0].others.values())
    rates = np.geomspace(1 / others, 1 - 1 / others, 60)
    for k, name in enumerate(folds[0].members):
        shares = np.mean([[found(each, name, rate) for rate in rates] for each in folds], axis=0)
        axes.plot(100 * rates, 100 * shares, color=f"C{k}", label=name)
        ends = 100 * np.mean([[interval(each, name, at).low, interval(each, name, at).high] for each in folds], axis=0)
        axes.plot([100 * at * 1.06**k] * 2, ends, color=f"C{k}", linewidth=3, alpha=0.5)
    axes.plot(100 * rates, 100 * rates, "k:", label="chance")
    axes.axvline(100 * at, color="0.7", linewidth=0.8)
    axes.set(xscale="log", yscale="log", ylim=(0.01, 120))
    axes.set(xlabel="others taken for members, %", ylabel="members found, %")


def _space(rows: Batch) -> Any:
    return TextSpace([]) if rows.is_text else infer(rows.X, [str(k) for k in range(rows.X.shape[1])])
