"""The game of membership: how many training rows are recognised as such."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amlsec.evaluation.membership import Membership, measure
from amlsec.evaluation.play import Outcome, Play
from amlsec.evaluation.privacy_claims import Guesses, checked, made_by
from amlsec.frame import recognised
from amlsec.impact.refit import unseeded
from amlsec.oracle import Model
from amlsec.shadow import Shadow

CONFIDENCE = 0.999
"""That a model which keeps its claim is not contradicted by one game; there are several."""


def membership_game(play: Play) -> Outcome:
    """How many members are told from non-members at 1 % false claims; both are drawn from the same time.

    They are asked about in a random order, which says nothing of who is who. Who knows the learner does not know the seed
    that it was trained with.
    """
    ground = play.ground
    trained_on = ground.members
    most = min(len(trained_on), len(ground.outsiders))
    members = trained_on.rows(play.rng.choice(len(trained_on), most, replace=False))
    rows = members + ground.outsiders.rows(play.rng.choice(len(ground.outsiders), most, replace=False))
    order = play.rng.permutation(len(rows))
    model = ground.clean_model(play.defense)
    shadow = Shadow(ground.shadow, ground.space, unseeded(ground.offers["estimator"]))
    scores, spent = recognised(play.card, model, rows.rows(order), shadow=shadow, budget=play.budget, rng=play.rng)
    inside, y = order < most, rows.y[order]
    found = _told_apart(measure(scores[inside], scores[~inside]))
    claim = _held(model, (scores[inside], y[inside]), (scores[~inside], y[~inside]))
    return replace(found, spent={"queries": float(np.median(spent))}, claim=claim)


def _held(model: Model, members: Guesses, others: Guesses) -> dict[str, float]:
    """What the guesses say of the privacy that the model claims; empty where it claims none, or no pair can tell."""
    claimed = made_by(model)
    if claimed is None or len(np.intersect1d(members[1], others[1])) == 0:
        return {}
    found = checked(claimed, members, others, CONFIDENCE)
    told = {"proved": found.proved, "pairs": float(found.pairs), "confidence": found.confidence}
    return {"epsilon": claimed.epsilon, "delta": claimed.delta, **told}


def _told_apart(judged: Membership) -> Outcome:
    """The members found at the first false positive rate; at the others, in words."""
    first = judged.at[0]
    words = {f"{at.allowed:.1%} false claims": str(at.found) if at.found else at.because for at in judged.at}
    if first.found is None:
        return Outcome(0, 0, 0, first.allowed, judged.others, measured=words, roc=judged.roc)
    ends = (first.found.low, first.found.high)
    won = first.found.value * judged.members
    return Outcome(won, 0, judged.members, first.allowed, judged.others, interval=ends, measured=words, roc=judged.roc)
