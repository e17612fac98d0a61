"""A poisoner's rehearsal: what his poison would do, tried on the rows he knows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from amlsec.data import Batch, Rows, split
from amlsec.errors import ModelFailed
from amlsec.oracle import Model, fitted
from amlsec.scene import Poison, Scene, contaminate, places

SHARES = {"trusted": 0.15, "train": 0.60, "quiz": 0.25}
"""Of the rows he knows: a stand-in for the rows known to be good, for those offered, and what he judges himself by."""

_ENOUGH = 2
"""In so many parts a poison is tried where its rows' acceptance is not asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsed:
    """What a poison did in rehearsal.

    Attributes
    ----------
    harm : the share of the victims on which the verdict is the one he wants; 0 where nothing could be trained
    score : the victims' mean evidence for that verdict, to tell poisons of equal harm apart; -inf where nothing was trained
    accepted : where a screen accepted the poison (k,), its edits first, then the rows added; None where nothing screens
    """

    harm: float
    score: float
    accepted: NDArray[np.bool_] | None = None

    @property
    def worth(self) -> tuple[float, float]:
        """What rehearsals are compared by: the harm, then the score."""
        return self.harm, self.score


class Rehearsal:
    """Trains what the attacker believes will be trained, on a part of the rows he knows, and counts his wins on another.

    The rows he knows are split once by distinct content; where he knows none but his own, those stand for
    all, and what he edits is not in the training rows twice. What trains is the scene's system, where he knows of a
    defense, else its learner alone. Few rows would bear too large a dose, so the poison is tried in parts: every
    k-th row of it, with every k-th row of his own, so that each part's share of the rows it is trained with is
    that of the whole poison in the whole training set, as nearly as whole numbers allow. Figures are the parts' means;
    where nothing is screened, two parts are enough.

    Parameters
    ----------
    scene : what he knows
    rng : the chance that splits
    wanted : the verdict he is after: 0 for integrity, 1 for availability
    victims : rows he wants so judged, as a targeted attacker's; None for the quiz rows of the other label. A poison that
        opens a backdoor is always judged by these, each with its mark: the mark has to work on any row
    shares : how the rows he knows are split; as `SHARES`

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.scene import additions, nothing
    >>> from amlsec.space.tabular import infer
    >>> X = np.concatenate([np.arange(100.0), np.arange(150.0, 250.0)])[:, None]
    >>> rows = Batch(X, np.repeat([0, 1], 100))
    >>> scene = Scene(rows.rows(slice(0, 0)), 200, infer(X, ["links"]), rows, LogisticRegression(C=100))
    >>> rehearsal = Rehearsal(scene, np.random.default_rng(0), wanted=0)
    >>> rehearsal.of(nothing(rows)).harm
    0.0
    >>> lies = rows.rows(np.arange(100, 200)).relabelled(np.zeros(100, dtype=np.int64))
    >>> rehearsal.of(additions(lies)).harm > 0.2
    True
    """

    def __init__(
        self,
        scene: Scene,
        rng: np.random.Generator,
        *,
        wanted: int,
        victims: Rows | None = None,
        shares: Mapping[str, float] = SHARES,
    ) -> None:
        self.scene, self.wanted = scene, wanted
        knows_others = scene.known is not None and len(scene.known) > 0
        known = scene.known if scene.known is not None and knows_others else scene.own
        self.trusted, train, quiz = split(known, (shares["trusted"], shares["train"], shares["quiz"]), rng)
        self._train = train if knows_others else train.rows(slice(0))
        self._quiz = quiz.labelled(1 - wanted).X
        self.victims = self._quiz if victims is None else victims

    def of(self, poison: Poison) -> Rehearsed:
        """The outcome of this poison; a part that cannot be trained, as on one class, is harmless and accepted nowhere."""
        parts = self._parts(len(poison))
        tried = parts if self.scene.system is not None else min(parts, _ENOUGH)
        done = [self._tried(poison, part, parts) for part in range(tried)]
        return Rehearsed(
            float(np.mean([outcome.harm for outcome, _ in done])),
            float(np.mean([outcome.score for outcome, _ in done])),
            _joined([(of, outcome.accepted) for outcome, of in done], len(poison)),
        )

    def _parts(self, size: int) -> int:
        """In how many parts a poison of this size is tried."""
        others = max(self.scene.total - len(self.scene.own), 1)
        return max(1, min(round(others / len(self._train)), size)) if len(self._train) else 1

    def _tried(self, poison: Poison, part: int, parts: int) -> tuple[Rehearsed, NDArray[np.intp]]:
        """The outcome of one part, and where its rows stand in the poison."""
        mine = np.arange(part, len(self.scene.own), parts)
        some, of = _part(poison, mine, part, parts)
        own = len(self._train) + np.arange(len(mine))
        offered = contaminate(self._train + self.scene.own.rows(mine), own, some)
        at = places(len(self._train) + len(mine), own, some)
        victims = self.victims if poison.mark is None else self._quiz
        return self._outcome(offered, at, poison.shown(victims)), of

    def _outcome(self, offered: Batch, at: NDArray[np.intp], victims: Rows) -> Rehearsed:
        try:
            model = self._trained(offered)
            if model is None or not len(victims):
                return Rehearsed(0.0, -math.inf)
            harm = float((model.labels(victims) == self.wanted).mean())
            score = float(model.scores(victims).mean()) * (1 if self.wanted else -1)
        except (ValueError, ModelFailed):
            screened = self.scene.system is not None
            return Rehearsed(0.0, -math.inf, np.zeros(len(at), dtype=bool) if screened else None)
        accepted = getattr(model, "accepted", None)
        return Rehearsed(harm, score, None if accepted is None else accepted[at])

    def _trained(self, offered: Batch) -> Model | None:
        """What the offered rows give, the stand-ins for trusted rows included; None where he does not know what trains."""
        if self.scene.system is not None:
            return self.scene.system.train(offered, self.trusted)
        rows = offered + self.trusted
        return None if self.scene.learner is None else fitted(clone(self.scene.learner).fit(rows.X, rows.y))


def best(poisons: list[Poison], rehearsal: Rehearsal) -> Poison:
    """The poison that does most in rehearsal, the first of equals; one alone is not tried.

    More candidates never make the choice weaker in rehearsal.
    """
    if len(poisons) == 1:
        return poisons[0]
    return max(poisons, key=lambda poison: rehearsal.of(poison).worth)


def _part(poison: Poison, mine: NDArray[np.intp], part: int, parts: int) -> tuple[Poison, NDArray[np.intp]]:
    """The edits of these rows of his, counted among them, and every k-th added row; and where those stand in the poison."""
    edits_here = np.flatnonzero(np.isin(poison.edited, mine))
    added_here = np.arange(part, len(poison.added), parts)
    at = np.searchsorted(mine, poison.edited[edits_here])
    some = replace(poison, added=poison.added.rows(added_here), edited=at, edits=poison.edits.rows(edits_here))
    return some, np.concatenate([edits_here, len(poison.edited) + added_here])


def _joined(parts: list[tuple[NDArray[np.intp], Any]], size: int) -> NDArray[np.bool_] | None:
    """The parts' verdicts on the poison in its order; None where no part has any."""
    accepted = np.zeros(size, dtype=bool)
    for of, verdicts in parts:
        if verdicts is not None:
            accepted[of] = verdicts
    return accepted if any(verdicts is not None for _, verdicts in parts) else None
