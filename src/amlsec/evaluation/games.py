"""The games of evasion and of poisoning, and what a model says of clean rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows
from amlsec.errors import NotApplicable
from amlsec.evaluation.adaptive import adapted
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.play import Outcome, Play
from amlsec.evaluation.sanity import slope_vanishes
from amlsec.evaluation.steadiness import asked_again
from amlsec.frame import evade, poison, wanted
from amlsec.layered.stack import Stack
from amlsec.oracle import Model
from amlsec.scene import Poison, Scene, contaminate, places
from amlsec.space.contract import Space
from amlsec.space.traffic import TrafficSpace
from amlsec.threat import Specificity, Violation

ROWS, TARGETS = 100, 5


def clean_game(ground: Ground, defense: Card | Stack | None) -> dict[str, Any]:
    """Verdicts on clean test rows: [wrong, trials] for each label, and for each label where the wrong ones are.

    The model alone is asked about some rows once more, and "again" is [otherwise, asked]; "slope" says what is wrong with
    its gradient at some malicious rows, None where it has none.
    """
    model = ground.clean_model(defense)
    verdicts = model.labels(ground.test.X)
    wrong = verdicts != ground.test.y
    return {
        "stopped": _of(wrong, ground.test.y == BENIGN),
        "passed": _of(wrong, ground.test.y == MALICIOUS),
        "wrong": [np.flatnonzero(wrong & (ground.test.y == label)).tolist() for label in (BENIGN, MALICIOUS)],
        "constant": bool(len(np.unique(verdicts)) == 1),
        **({} if defense else _alone(model, ground.test, verdicts)),
    }


def _alone(model: Model, test: Batch, verdicts: NDArray[np.int64]) -> dict[str, Any]:
    return {"again": asked_again(model, test.X, verdicts), "slope": _slope(model, test.labelled(MALICIOUS).X[:ROWS])}


def _slope(model: Model, X: Rows) -> list[str] | None:
    try:
        return slope_vanishes(model, X)
    except NotApplicable:
        return None


def _of(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> list[int]:
    return [int((hits & among).sum()), int(among.sum())]


def evasion_game(play: Play) -> Outcome:
    """How many rows, on which the system's verdict is not what the attacker wants, get the verdict he wants.

    He plays against the defended system: his queries are answered by it, and it judges his rows in the state he left it in
    (`frame.evade`). At most 100 rows, drawn at random, are attacked.
    """
    goal = wanted(play.card)
    model = play.ground.clean_model(play.defense)
    theirs = play.ground.test.labelled(MALICIOUS if goal == BENIGN else BENIGN)
    has = model.labels(theirs.X) == goal
    X = theirs.X[play.rng.permutation(np.flatnonzero(~has))[:ROWS]]
    result = evade(play.card, model, X, space=play.ground.space, budget=play.budget, rng=play.rng)
    won = result.verdicts == goal
    changes = play.ground.space.differences(X[won][:3], result.X[won][:3])
    shown = [(_shown(a), _shown(b), tuple(c)) for a, b, c in zip(X[won], result.X[won], changes, strict=False)]
    paid = (
        {"cost": float(np.median(result.cost[won])), "queries": float(np.median(result.queries[won]))} if won.any() else {}
    )
    return Outcome(float(won.sum()), 0, len(X), float(has.mean()), len(has), paid, examples=tuple(shown))


def _shown(row: Any) -> str:
    return row if isinstance(row, str) else ", ".join(f"{value:.6g}" for value in row)


def poisoning_game(play: Play) -> Outcome:
    """How many test rows turn the attacker's way when his share of the training rows turns hostile.

    A targeted attack is played once for each of up to 5 targets, one at a time; a backdoor once, for all rows with its mark.
    """
    own, test = owned(play.ground.train, play.ground.space, play.budget, play.rng), play.ground.test
    victims = test.labelled(BENIGN if play.card.cell.violation == Violation.AVAILABILITY else MALICIOUS)
    had = play.ground.clean_model(play.defense).labels(victims.X) != victims.y
    if play.card.cell.specificity == Specificity.INDISCRIMINATE:
        return poisoned(play, own, victims, had)
    outcomes: list[Outcome] = []
    for target in play.rng.permutation(np.flatnonzero(~had))[:TARGETS]:
        outcomes.append(poisoned(play, own, victims, had, target))
        if outcomes[-1].trials > 1:
            return outcomes[-1]
    return _added(outcomes, had)


def owned(train: Batch, space: Space, budget: PoisonBudget, rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of the training rows he controls: his share, drawn at random; of traffic a little of every row is his."""
    if space.kind == TrafficSpace.kind:
        return np.arange(len(train))
    mine: NDArray[np.intp] = rng.choice(len(train), budget.rows(of=len(train)), replace=False)
    return mine


def poisoned(
    play: Play, own: NDArray[np.intp], victims: Batch, had: NDArray[np.bool_], target: int | None = None
) -> Outcome:
    """How verdicts on the victims, wrong where `had`, turn when the rows at `own` are the attacker's.

    Of a targeted attack, the verdict on the victim in the target's place alone. Where his poison opens a backdoor all
    victims carry its mark, for the clean model too: what a mark does alone is no gain.
    """
    ground = play.ground
    aimed = None if target is None else victims.rows([target])
    dose = _dose(play, own, aimed)
    model = ground.system(play.defense).train(contaminate(ground.train, own, dose), ground.trusted)
    if target is not None and dose.mark is None:
        victims, had = victims.rows([target]), had[[target]]
    shown = dose.shown(victims.X)
    if dose.mark is not None:
        had = ground.clean_model(play.defense).labels(shown) != victims.y
    has = model.labels(shown) != victims.y
    return Outcome(
        float((has & ~had).sum()),
        float((had & ~has).sum()),
        len(victims),
        float(had.mean()),
        len(victims),
        {"rows": float(len(dose))},
        paired=True,
        certified=_certified(model, ground.test),
        stopped=stopped(model, places(len(ground.train), own, dose)),
        examples=samples(dose.added, dose.edits),
    )


def _dose(play: Play, own: NDArray[np.intp], target: Batch | None) -> Poison:
    """The poison of who owns these rows, adapted to the defense where he knows it."""
    ground = play.ground
    known, learner = ground.train.drop(own), ground.offers["estimator"]
    system = ground.system(play.defense) if play.knows_defense else None
    scene = Scene(ground.train.rows(own), len(ground.train), ground.space, known, learner, target, system)
    carried_out = adapted if play.knows_defense else poison
    return carried_out(play.card, scene, budget=play.budget, rng=play.rng)


def samples(added: Batch, edited: Batch) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Some of the poison, to be shown."""
    rows = [(row, label) for batch in (added, edited) for row, label in zip(batch.X[:2], batch.y[:2], strict=True)]
    return tuple(("", _shown(row)[:2000], (f"labelled {'malicious' if label else 'benign'}",)) for row, label in rows[:2])


def _certified(model: Model, test: Batch) -> float | None:
    """How many replaced training rows the median test row bears and stays right; a row judged wrong bears none.

    Certificates count insertions and deletions, so a replaced row counts twice.
    """
    estimator: Any = getattr(model, "estimator", None)
    if not hasattr(estimator, "certify"):
        return None
    right = model.labels(test.X) == test.y
    return float(np.median(np.where(right, estimator.certify(test.X), 0)) // 2)


def stopped(model: Model, poison_at: NDArray[np.intp]) -> dict[str, tuple[int, int]]:
    """What a screen did not accept of the poison, at these positions of the training set, and of the innocent rows."""
    accepted = getattr(model, "accepted", None)
    if accepted is None:
        return {}
    parts = {"poison": accepted[poison_at], "innocent": np.delete(accepted, poison_at)}
    return {name: (int((~part).sum()), len(part)) for name, part in parts.items()}


def _added(outcomes: list[Outcome], had: NDArray[np.bool_]) -> Outcome:
    """The games against single targets, none of which he had before, as one; a screen's counts are those of the first."""
    if not outcomes:
        return Outcome(0, 0, 0, float(had.mean()), len(had))
    gained, trials = (sum(getattr(o, name) for o in outcomes) for name in ("gained", "trials"))
    before = float(had.mean())
    return replace(outcomes[0], gained=gained, lost=0, trials=trials, before=before, trials_before=len(had), paired=False)
