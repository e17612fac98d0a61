"""Runs an attack by the rules: it sees what its card grants, and its result is within its budget.

Where a guard answers each client so often only, an attacker knows it and stops before he is refused: a refusal tells him
nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import EvasionBudget, PoisonBudget, QueryBudget
from amlsec.catalogue import Card
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.errors import AttackError
from amlsec.oracle import Model, Oracle
from amlsec.outcomes import Campaigns, Channel
from amlsec.scene import Poison, Scene
from amlsec.sessions import OneSender, session
from amlsec.shadow import Shadow
from amlsec.space.contract import Space
from amlsec.space.traffic import TrafficSpace
from amlsec.threat import Access, Violation

TO_TRY_VALUES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Evaded:
    """Rows after an evasion attack, what each change cost, the queries spent on each, and the verdict on each in the end."""

    X: Rows
    cost: NDArray[np.float64]
    queries: NDArray[np.int64]
    verdicts: NDArray[np.int64]


def wanted(card: Card) -> int:
    """The verdict an evasion attack is after: 1 for false alarms, else 0."""
    return MALICIOUS if card.cell.violation == Violation.AVAILABILITY else BENIGN


def evade(
    card: Card,
    model: Model,
    X: Rows,
    *,
    space: Space,
    budget: EvasionBudget,
    rng: np.random.Generator,
    channel: Channel | None = None,
) -> Evaded:
    """Run an evasion attack; raises AttackError where a changed row is over its cost or outside the space.

    Nobody has asked the model anything before, and each row has a sender of its own, with the budget's accounts. The final
    verdicts are those of the model in the state he left it in, on what that sender sends next: a guard that he alarmed is
    on its guard, and one that draws lots draws again. Of what a guard grants each sender keeps one answer for that end.

    Who sees outcomes alone sees clicks over the channel, by default `Channel()`; their chance comes from a child of `rng`.
    """
    campaigns = Campaigns(channel or Channel(), rng.spawn(1)[0]) if card.access == Access.OUTCOMES else None
    met, goal = session(model, budget.accounts), wanted(card)
    budget = replace(budget, queries=max(0, int(min(budget.queries, _granted(card, model, budget.accounts) - 1))))
    oracle = Oracle(
        model, access=card.access, rows=len(X), queries=budget.queries, wanted=goal, campaigns=campaigns, met=met
    )
    changed = card.run(oracle, X.copy(), space=space, budget=budget, rng=rng)
    if getattr(changed, "shape", None) != X.shape or changed.dtype != X.dtype:
        raise AttackError(f"{card.name} returned rows of another shape or type than {X.shape} {X.dtype}")
    cost = space.cost(X, changed)
    if (cost > budget.cost + 1e-6).any():
        raise AttackError(f"{card.name} spent {cost.max():.6g} on one row, its budget is {budget.cost:.6g}")
    return Evaded(changed, cost, oracle.spent, met.labels(changed, np.arange(len(X))))


def poison(card: Card, scene: Scene, *, budget: PoisonBudget, rng: np.random.Generator) -> Poison:
    """Run a poisoning attack; raises AttackError where it takes more than its share of the training set."""
    return checked(card.run(scene.limited_to(card.knowledge), budget=budget, rng=rng), card, scene, budget)


def checked(result: Poison, card: Card, scene: Scene, budget: PoisonBudget) -> Poison:
    """The poison as it is; raises AttackError where it takes more than its share, or edits what is not its own."""
    _check_edits(card, scene, result)
    used = share(scene, result)
    if used > budget.share + 1e-9:
        raise AttackError(f"{card.name} took {used:.6g} of the training set, its share is {budget.share:.6g}")
    return result


def share(scene: Scene, result: Poison) -> float:
    """The share of the training set that is poison: of its rows; of traffic, of the usual load on the links of his flows.

    Infinite where traffic is changed as no volume on his flows can change it.
    """
    if not isinstance(scene.space, TrafficSpace):
        return len(result) / scene.total
    before = scene.own.rows(result.edited).X
    added = np.inf if len(result.added) else 0.0
    return added + float(scene.space.cost(before, result.edits.X).sum()) / scene.total


def _check_edits(card: Card, scene: Scene, result: Poison) -> None:
    positions = result.edited
    if len(np.unique(positions)) != len(positions) or not np.isin(positions, np.arange(len(scene.own))).all():
        raise AttackError(f"{card.name} edited a row twice, or one that is not its own")
    if len(result.edits) != len(positions):
        raise AttackError(f"{card.name} gave {len(result.edits)} edits for {len(positions)} rows")


def recognise(
    card: Card, model: Model, rows: Batch, *, shadow: Shadow, budget: QueryBudget, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Run a membership attack; raises AttackError unless it gives one finite guess for each row.

    Where a guard grants one sender less than one answer a row, he asks about the first rows, and takes the others for the
    least likely.
    """
    return recognised(card, model, rows, shadow=shadow, budget=budget, rng=rng)[0]


def recognised(
    card: Card, model: Model, rows: Batch, *, shadow: Shadow, budget: QueryBudget, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same, and how many questions (n,) it asked about each row."""
    about, budget = _shared(budget, _granted(card, model, budget.accounts), len(rows))
    oracle = _asked(card, model, budget, about)
    guesses = card.run(oracle, _first(rows, about), shadow=shadow.limited_to(card.knowledge), budget=budget, rng=rng)
    guessed, rest = finite(card, guesses, (about,)), (0, len(rows) - about)
    return np.pad(guessed, rest, constant_values=min(guessed, default=0.0)), np.pad(oracle.spent, rest)


def steal(card: Card, model: Model, *, shadow: Shadow, budget: QueryBudget, rng: np.random.Generator) -> tuple[Model, int]:
    """Run an extraction attack: the model that he has in the end, and how many questions he asked."""
    _, budget = _shared(budget, _granted(card, model, budget.accounts), 1)
    oracle = _asked(card, model, budget, 1)
    stolen = card.run(oracle, shadow.limited_to(card.knowledge), budget=budget, rng=rng)
    return stolen, int(oracle.spent.sum())


def guess(
    card: Card,
    model: Model,
    rows: Batch,
    hidden: NDArray[np.intp],
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Run an inference attack, which does not see the hidden columns (k,) of rows (n, d): its guesses (n, k).

    Where a guard grants one sender less than ten answers a row, enough to try ten values, he asks about the first rows, and
    guesses the others without. Raises AttackError unless each guess is a finite number.
    """
    return guessed(card, model, rows, hidden, shadow=shadow, budget=budget, rng=rng)[0]


def guessed(
    card: Card,
    model: Model,
    rows: Batch,
    hidden: NDArray[np.intp],
    *,
    shadow: Shadow,
    budget: QueryBudget,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same, and how many questions (n,) it asked about each row."""
    about, each = _shared(budget, _granted(card, model, budget.accounts), len(rows), TO_TRY_VALUES)
    guesses = partial(_guesses, card, model, hidden, shadow, rng)
    asked = guesses(_first(rows, about), each)
    if about == len(rows):
        return asked
    others = guesses(rows.rows(np.arange(about, len(rows))), replace(budget, queries=0))
    return np.concatenate([asked[0], others[0]]), np.concatenate([asked[1], others[1]])


def _guesses(
    card: Card,
    model: Model,
    hidden: NDArray[np.intp],
    shadow: Shadow,
    rng: np.random.Generator,
    rows: Batch,
    budget: QueryBudget,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    oracle, known = _asked(card, model, budget, len(rows)), shadow.limited_to(card.knowledge)
    seen = rows.rows(np.arange(len(rows)))  # a copy, written to after it was made: no batch is made of NaN
    seen.X[:, hidden] = np.nan
    guesses = card.run(oracle, seen, hidden.copy(), shadow=known, budget=budget, rng=rng)
    return finite(card, guesses, (len(rows), len(hidden))), oracle.spent


def _granted(card: Card, model: Model, accounts: int) -> float:
    """How many answers a sender with so many accounts gets; who holds a copy of the model gets any number."""
    return math.inf if card.access == Access.PARAMETERS else getattr(model, "granted", math.inf) * accounts


def _shared(budget: QueryBudget, granted: float, rows: int, least: int = 1) -> tuple[int, QueryBudget]:
    """About how many of the rows he asks, and what he may ask of each, where he is granted so many answers in all.

    Where that is fewer than `least` a row, he asks so often about some.
    """
    total, least = int(min(budget.queries * rows, granted)), min(least, budget.queries)
    if 0 < total < rows * least:
        return max(total // least, 1), replace(budget, queries=min(total, least))
    return rows, replace(budget, queries=total // max(rows, 1))


def _first(rows: Batch, many: int) -> Batch:
    return rows if many == len(rows) else rows.rows(np.arange(many))


def _asked(card: Card, model: Model, budget: QueryBudget, rows: int) -> Oracle:
    """The model, met anew by one sender who asks about all rows."""
    met = OneSender(session(model, budget.accounts))
    return Oracle(model, access=card.access, rows=rows, queries=budget.queries, met=met)


def finite(card: Card, guesses: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The guesses as numbers; raises AttackError unless they have this shape and are finite."""
    numbers = np.asarray(guesses, dtype=np.float64)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        raise AttackError(f"{card.name} gave guesses of shape {numbers.shape}, finite: {np.isfinite(numbers).all()}")
    return numbers
