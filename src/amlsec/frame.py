"""Runs an attack by the rules: it sees what its card grants, and its result is within its budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    on its guard, and one that draws lots draws again.

    Who sees outcomes alone sees clicks over the channel, by default `Channel()`; their chance comes from a child of `rng`.
    """
    campaigns = Campaigns(channel or Channel(), rng.spawn(1)[0]) if card.access == Access.OUTCOMES else None
    met, goal = session(model, budget.accounts), wanted(card)
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
    """Run a membership attack; raises AttackError unless it gives one finite guess for each row."""
    return recognised(card, model, rows, shadow=shadow, budget=budget, rng=rng)[0]


def recognised(
    card: Card, model: Model, rows: Batch, *, shadow: Shadow, budget: QueryBudget, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same, and how many questions (n,) it asked about each row."""
    oracle = _asked(card, model, budget, len(rows))
    guesses = card.run(oracle, rows, shadow=shadow.limited_to(card.knowledge), budget=budget, rng=rng)
    return _finite(card, guesses, (len(rows),)), oracle.spent


def steal(card: Card, model: Model, *, shadow: Shadow, budget: QueryBudget, rng: np.random.Generator) -> tuple[Model, int]:
    """Run an extraction attack: the model that he has in the end, and how many questions he asked."""
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

    Raises AttackError unless each guess is a finite number.
    """
    shown = rows.X.copy()
    shown[:, hidden] = np.nan
    oracle = _asked(card, model, budget, len(rows))
    known = shadow.limited_to(card.knowledge)
    guesses = card.run(oracle, replace(rows, X=shown), hidden.copy(), shadow=known, budget=budget, rng=rng)
    return _finite(card, guesses, (len(rows), len(hidden)))


def _asked(card: Card, model: Model, budget: QueryBudget, rows: int) -> Oracle:
    """The model, met anew by one sender who asks about all rows."""
    met = OneSender(session(model, budget.accounts))
    return Oracle(model, access=card.access, rows=rows, queries=budget.queries, met=met)


def _finite(card: Card, guesses: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    numbers = np.asarray(guesses, dtype=np.float64)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        raise AttackError(f"{card.name} gave guesses of shape {numbers.shape}, finite: {np.isfinite(numbers).all()}")
    return numbers
