"""The game over rounds: a model is trained again and again on what comes in, and the attacker is called once a round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.evaluation.games import owned
from amlsec.frame import poison, share
from amlsec.oracle import fitted
from amlsec.scene import Scene, contaminate, places
from amlsec.space.contract import Space

Mask = NDArray[np.bool_]
Admit = Callable[[Any, Batch], Mask]
"""(what is deployed, the rows of a round) -> where a row is learnt from."""
Learn = Callable[[Any, Any, Batch, Batch], Any]
"""(the unfitted model, what is deployed or None, rows of earlier rounds, new rows) -> what is deployed next."""


@dataclass(frozen=True, slots=True, eq=False)
class RoundOutcome:
    """What one round gave.

    Attributes
    ----------
    missed : share of malicious test rows that pass after the round; NaN without any. An attacker on integrity wants it high
    alarmed : share of benign test rows that are stopped; NaN without any. An attacker on availability wants it high
    rejected : share of the round's rows, the poison included, that were not learnt from
    rejected_poison : share of the rows he added or edited that were not learnt from; NaN without any
    spent : the share he took of the round, as `frame.share` measures it
    deployed : what was fitted, and stands until the next round ends
    """

    missed: float
    alarmed: float
    rejected: float
    rejected_poison: float
    spent: float
    deployed: Any


def admit_all(deployed: Any, offered: Batch) -> Mask:  # noqa: ARG001
    """Every row is learnt from."""
    return np.ones(len(offered), dtype=bool)


def admit_passed(deployed: Any, offered: Batch) -> Mask:
    """Rows that what is deployed does not stop are learnt from: it cleans its own training data, as detectors do."""
    passed: Mask = fitted(deployed).labels(offered.X) == BENIGN
    return passed


def admit_agreed(deployed: Any, offered: Batch) -> Mask:
    """Rows whose label is the verdict of what is deployed are learnt from."""
    agreed: Mask = fitted(deployed).labels(offered.X) == offered.y
    return agreed


def retrained(learner: Any, deployed: Any, past: Batch, new: Batch) -> Any:  # noqa: ARG001
    """Fitted afresh to the rows of this round alone."""
    return _clone(learner).fit(new.X, new.y)


def retrained_on_all(learner: Any, deployed: Any, past: Batch, new: Batch) -> Any:  # noqa: ARG001
    """Fitted afresh to the rows of all rounds so far."""
    rows = past + new
    return _clone(learner).fit(rows.X, rows.y)


def updated(learner: Any, deployed: Any, past: Batch, new: Batch) -> Any:
    """What is deployed, carried on by `partial_fit`; fitted where there is none yet."""
    return retrained(learner, deployed, past, new) if deployed is None else deepcopy(deployed).partial_fit(new.X, new.y)


def played(
    card: Card,
    rounds: Sequence[Batch],
    test: Batch,
    *,
    learner: Any,
    space: Space,
    budget: PoisonBudget,
    rng: np.random.Generator,
    learn: Learn = retrained,
    admit: Admit = admit_all,
    deployed: Any = None,
    target: Batch | None = None,
) -> list[RoundOutcome]:
    """Play a poisoning attack once a round; one outcome a round.

    Each round the attacker controls his share of the rows, drawn at random (of traffic a little of every row), in the order
    in which they come. He is told the round's number and, as far as his card's knowledge goes, the others' rows of this
    round and all that was learnt from before (`known`), the unfitted learner, and what is deployed. The frame holds him to
    the budget's share of every single round. Then the round's rows that are admitted are learnt from; where none is, what
    is deployed stays.

    Parameters
    ----------
    card : a poisoning attack
    rounds : the rows offered in each round as they are without the attacker, at least one in each
    test : labelled rows that the model is measured on after each round
    learner : the unfitted classifier or outlier detector
    budget : the share of each round that may be the attacker's, not of all rounds together
    learn : `retrained`, `retrained_on_all`, `updated`, or another
    admit : `admit_all`, `admit_passed`, `admit_agreed`, or another; asked only where something is deployed
    deployed : what was fitted before the first round; None for nothing, and the first round is admitted whole
    target : the rows he wants misjudged

    Raises InvalidInput where a round is empty; AttackError where the attack takes more than its share.

    >>> from sklearn.naive_bayes import GaussianNB
    >>> from amlsec.catalogue import named
    >>> from amlsec.space.tabular import infer
    >>> y = np.arange(200) % 2
    >>> rows = Batch(np.random.default_rng(0).normal(4.0 * y)[:, None], y)
    >>> parts = [rows.rows(slice(start, start + 50)) for start in (0, 50, 100)]
    >>> game = {"learner": GaussianNB(), "space": infer(rows.X, ["x"]), "rng": np.random.default_rng(1)}
    >>> flips = named("random-flips")
    >>> outcomes = played(flips, parts, rows.rows(slice(150, 200)), budget=PoisonBudget(0.2), admit=admit_agreed, **game)
    >>> [outcome.spent for outcome in outcomes], outcomes[0].rejected, outcomes[2].rejected > 0.1
    ([0.2, 0.2, 0.2], 0.0, True)
    """
    if not all(len(rows) for rows in rounds):
        raise InvalidInput("rounds", [len(rows) for rows in rounds], "must have at least one row each")
    outcomes: list[RoundOutcome] = []
    past = test.rows(np.arange(0))
    for number, rows in enumerate(rounds):
        own = np.sort(owned(rows, space, budget, rng))
        known = past + rows.drop(own)
        scene = Scene(rows.rows(own), len(rows), space, known, learner, target, deployed=deployed, round=number)
        dose = poison(card, scene, budget=budget, rng=rng)
        offered = contaminate(rows, own, dose)
        admitted = admit_all(deployed, offered) if deployed is None else admit(deployed, offered)
        if admitted.any():
            deployed = learn(learner, deployed, past, offered.rows(admitted))
        past = past + offered.rows(admitted)
        refused = _share(~admitted[places(len(rows), own, dose)])
        outcomes.append(RoundOutcome(*_wrong(deployed, test), _share(~admitted), refused, share(scene, dose), deployed))
    return outcomes


def _wrong(deployed: Any, test: Batch) -> tuple[float, float]:
    """The shares of malicious and of benign rows that are misjudged."""
    wrong = fitted(deployed).labels(test.X) != test.y
    return _share(wrong[test.y == MALICIOUS]), _share(wrong[test.y == BENIGN])


def _share(hits: Mask) -> float:
    return float(hits.mean()) if len(hits) else float("nan")


def _clone(learner: Any) -> Any:
    from sklearn.base import clone

    return clone(learner)
