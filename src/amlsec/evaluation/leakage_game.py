"""The game of poison that leaks: how many more members are recognised once an attacker's rows were trained on too.

After Tramèr et al., "Truth serum: poisoning machine learning models to reveal their secrets", CCS 2022.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.evaluation.games import samples
from amlsec.evaluation.leakage import Expected, Floats, Mask, Positions, Trainings, fresh, read, single, turns
from amlsec.evaluation.membership import Membership, measure, threshold
from amlsec.evaluation.play import Outcome, Play
from amlsec.evidence import Interval
from amlsec.frame import poison
from amlsec.impact.refit import unseeded
from amlsec.oracle import Model
from amlsec.scene import Poison, Scene, contaminate, nothing, places
from amlsec.shadow import Shadow
from amlsec.threat import Specificity

READER = "lira-online"
"""Who reads the models: shadow models tell him what each target does beside the poison; one set of them serves all."""

COPIES, FEWEST, MOST = 4, 10, 50
"""A targeted poisoner is after one row for every so many of his own; these are the ends."""

ANSWERS, BEHIND = 700, 240
"""So many answers are wanted of models alone, a third of them about members, so that 1 % of the others are more than four.
Behind a defense, whose every training may take long, fewer do: they tell much from little."""

PART = 8
"""At most one in so many training rows is a target, as most of them are left out of a training."""

LEAST = 6
"""Of fewer targets `leakage.MOST` trainings leave out too few for an interval at 1 %."""

ALLOWED = 0.01
"""The share of false claims at which members are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Which training rows he asks about (t,), which are his (m,), and which targets are in which training (k, t)."""

    targets: Positions
    own: Positions
    inside: Mask

    def total(self, train: Batch) -> int:
        """How many rows each training is offered."""
        return len(train) - int((~self.inside[0]).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """What was read from the models of a stage.

    Attributes
    ----------
    judged : of all trainings together
    found : the share of members found at 1 % false claims; None where too few others were asked about
    right : the share of clean rows on which a model is right, mean over trainings
    stopped : as `Outcome.stopped`
    """

    judged: Membership
    found: Interval | None
    right: float
    stopped: dict[str, tuple[int, int]]


def leakage_game(play: Play) -> Outcome:
    """How many more members are found at 1 % false claims because of the poison.

    He asks about training rows of others. In each of several trainings a third of these targets, drawn anew, is trained on
    and the rest is left out; the same poison, within his share, is planted in every one, for he does not know who is in.
    Then `lira_online` reads each model, over shadow models that were trained on what he planted too; behind the defense,
    where he knows it. The same reader reads models that nobody poisoned. A gain of 30 % says: of a hundred members he now
    is surer of thirty more than of any but one in a hundred outsiders. The interval is that of a difference of two shares
    (Newcombe 1998, method 10), and no narrower than what differs from target to target.
    """
    count = _targets(play)
    if count < LEAST:
        return Outcome(0, 0, 0, ALLOWED, 0)
    before = _read(play, _stage(play, _many(play), 0.0), None)
    stage = _stage(play, count, play.budget.share)
    dose = _dose(play, stage)
    return _outcome(before, _read(play, stage, dose), dose)


def _many(play: Play) -> int:
    """How many rows can be targets: few enough to be left out, and such as stand there once."""
    train = play.ground.train
    return min(len(train) // PART, len(single(train)))


def _targets(play: Play) -> int:
    """About how many rows he asks: of a targeted attack as many as he has rows for."""
    rows = play.budget.rows(of=len(play.ground.train))
    return _many(play) if _is_wide(play) else min(max(min(rows, FEWEST), rows // COPIES), MOST, _many(play))


def _is_wide(play: Play) -> bool:
    return play.card.cell.specificity == Specificity.INDISCRIMINATE


def _stage(play: Play, count: int, share: float) -> Stage:
    """So many targets that stand once among the training rows, and that share of each training for the attacker."""
    rng, size = play.rng, len(play.ground.train)
    targets = rng.permutation(single(play.ground.train))[:count]
    answers = BEHIND if play.defense else ANSWERS
    stage = Stage(targets, targets[:0], turns(count, answers, rng))
    others = np.setdiff1d(np.arange(size), targets)
    mine = PoisonBudget(share).rows(of=stage.total(play.ground.train))
    return replace(stage, own=rng.permutation(others)[:mine])


def _dose(play: Play, stage: Stage) -> Poison:
    """What he plants, who knows the targets of a targeted attack and none of the others' rows."""
    ground, train = play.ground, play.ground.train
    target = None if _is_wide(play) else train.rows(stage.targets)
    system = ground.system(play.defense) if play.knows_defense else None
    own, learner = train.rows(stage.own), ground.offers["estimator"]
    scene = Scene(own, stage.total(train), ground.space, None, learner, target, system)
    return poison(play.card, scene, budget=play.budget, rng=play.rng)


def _read(play: Play, stage: Stage, dose: Poison | None) -> Readout:
    """What the reader finds of the targets, with this poison in every training."""
    ground, train = play.ground, play.ground.train
    planted = nothing(train) if dose is None else dose
    seeds = play.rng.integers(2**31, size=len(stage.inside))

    def trained(k: int) -> tuple[Model, Positions]:
        kept = np.setdiff1d(np.arange(len(train)), stage.targets[~stage.inside[k]])
        own = np.searchsorted(kept, stage.own)
        offered = contaminate(train.rows(kept), own, planted)
        model = fresh(play.defense, ground.offers, int(seeds[k])).train(offered, ground.trusted)
        return model, places(len(kept), own, planted)

    of = np.repeat(np.arange(len(stage.inside)), len(stage.targets))
    trainings = Trainings(trained, of, ground.test)
    shadow = _shadow(play, planted.edits + planted.added, stage)
    guesses = read(named(READER), train.rows(stage.targets), trainings, shadow, play.rng)
    return _readout(guesses, stage.inside, trainings)


def _shadow(play: Play, planted: Batch, stage: Stage) -> Shadow:
    """What he owns. His shadow models learn on half of these rows, and so on as much less of a wide attack's poison."""
    ground = play.ground
    rows, learner = ground.shadow + ground.outsiders, unseeded(ground.offers["estimator"])
    if play.knows_defense:
        rows, learner = ground.outsiders, Expected(play.defense, ground.offers, ground.shadow)
    if _is_wide(play):
        honest = stage.total(ground.train) - len(planted)
        planted = planted.rows(play.rng.permutation(len(planted))[: len(planted) * len(rows) // (2 * honest)])
    return Shadow(rows, ground.space, learner, planted if len(planted) else None).limited_to(play.card.knowledge)


def _readout(guesses: Floats, inside: Mask, trainings: Trainings) -> Readout:
    judged = measure(guesses[inside], guesses[~inside], (ALLOWED, ALLOWED / 10))
    found = judged.at[0].found
    if found is not None:
        found = _widened(found, _by_target(guesses > threshold(guesses[~inside], ALLOWED), inside))
    return Readout(judged, found, float(np.mean(trainings.right)), trainings.stopped)


def _by_target(hits: Mask, inside: Mask) -> Floats:
    """In what share of the trainings that it was in each target (t,) was found; those that never were are left out."""
    times = inside.sum(axis=0)
    return np.asarray((hits & inside).sum(axis=0)[times > 0] / times[times > 0])


def _widened(found: Interval, by_target: Floats) -> Interval:
    """The interval, no narrower than Student's for the mean over targets."""
    from scipy.special import stdtrit

    arm = float(stdtrit(len(by_target) - 1, 0.975) * by_target.std(ddof=1) / np.sqrt(len(by_target)))
    low, high = max(found.value - arm, 0.0), min(found.value + arm, 1.0)
    return Interval(found.value, min(found.low, low), max(found.high, high))


def difference(after: Interval, before: Interval) -> Interval:
    """How much larger one share is than another, each with its interval (Newcombe 1998, method 10).

    >>> str(difference(Interval(0.5, 0.4, 0.6), Interval(0.1, 0.07, 0.13)))
    '40.0% (29.6% to 50.4%)'
    """
    value = after.value - before.value
    below = np.hypot(after.value - after.low, before.high - before.value)
    above = np.hypot(after.high - after.value, before.value - before.low)
    return Interval(value, max(float(value - below), -1.0), min(float(value + above), 1.0))


def _outcome(before: Readout, after: Readout, dose: Poison) -> Outcome:
    if before.found is None or after.found is None:
        return Outcome(0, 0, 0, ALLOWED, before.judged.others, measured=_words(before, after))
    grown, trials = difference(after.found, before.found), after.judged.members
    return Outcome(
        max(grown.value, 0.0) * trials,
        max(0.0, -grown.value) * trials,
        trials,
        before.found.value,
        before.judged.members,
        {"rows": float(len(dose)), "queries": 1.0},
        paired=True,
        stopped=after.stopped,
        examples=samples(dose.added, dose.edits),
        interval=(grown.low, grown.high),
        measured=_words(before, after),
        roc=after.judged.roc,
    )


def _words(before: Readout, after: Readout) -> dict[str, str]:
    """Both looks, and what an operator would see of the poison in the verdicts on clean rows."""
    looks = {"without the poison": before, "with it": after}
    words = {
        f"members found at {at.allowed:.1%} false claims, {name}": str(at.found) if at.found else at.because
        for name, look in looks.items()
        for at in look.judged.at
    }
    return words | {f"clean verdicts right, {name}": f"{look.right:.1%}" for name, look in looks.items()}
