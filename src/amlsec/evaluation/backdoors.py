"""What a backdoor opens: verdicts on rows with the mark and without, by the poisoned model and by the clean one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amlsec.data import BENIGN, MALICIOUS, Rows
from amlsec.errors import InvalidInput
from amlsec.evaluation.games import owned
from amlsec.evaluation.play import Play
from amlsec.frame import poison
from amlsec.oracle import Model
from amlsec.scene import Scene, contaminate


@dataclass(frozen=True, slots=True)
class Backdoored:
    """Shares of test rows; the first minus the second is what the poison opened.

    Attributes
    ----------
    opened : of malicious rows with the mark, how many pass the poisoned model
    mark_alone : the same for the model trained on clean rows
    unmarked : of malicious rows without the mark, how many pass the poisoned model
    before : the same for the model trained on clean rows
    alarms : of benign rows without the mark, how many the poisoned model stops
    alarms_before : the same for the model trained on clean rows
    malicious, benign : how many rows the shares are of
    """

    opened: float
    mark_alone: float
    unmarked: float
    before: float
    alarms: float
    alarms_before: float
    malicious: int
    benign: int

    @property
    def hidden(self) -> float:
        """How many more rows without the mark, as a share, the poisoned model misjudges; below 0 if it is better."""
        worse = (self.unmarked - self.before) * self.malicious + (self.alarms - self.alarms_before) * self.benign
        return worse / (self.malicious + self.benign)


def backdoored(play: Play) -> Backdoored:
    """Train once on the poison of a backdoor attack, and judge all test rows with its mark and without.

    Raises InvalidInput where the attack's poison carries no mark.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from amlsec.catalogue import named
    >>> from amlsec.budget import PoisonBudget
    >>> from amlsec.evaluation.ground import Ground
    >>> from amlsec.data import Batch
    >>> from amlsec.space.tabular import infer
    >>> rng = np.random.default_rng(0)
    >>> def drawn(n):
    ...     y = np.arange(n) % 2
    ...     return Batch(rng.normal(size=(n, 4)) + 4.0 * y[:, None] * [1, 0, 0, 0], y)
    >>> train, *others = [drawn(n) for n in (300, 50, 50, 100)]
    >>> space = infer(train.X, list("abcd"))
    >>> ground = Ground(train, *others, others[2], space, {"estimator": KNeighborsClassifier(5), "random_state": 0})
    >>> found = backdoored(Play(ground, named("backdoor"), None, PoisonBudget(0.05), rng))
    >>> found.opened > 0.9, found.mark_alone < 0.5, abs(found.hidden) < 0.05
    (True, True, True)
    """
    ground = play.ground
    own = owned(ground.train, ground.space, play.budget, play.rng)
    others, total, estimator = ground.train.drop(own), len(ground.train), ground.offers["estimator"]
    system = ground.system(play.defense) if play.knows_defense else None
    scene = Scene(ground.train.rows(own), total, ground.space, others, estimator, system=system)
    dose = poison(play.card, scene, budget=play.budget, rng=play.rng)
    if dose.mark is None:
        raise InvalidInput("card", play.card.name, "must be an attack whose poison carries a mark")
    clean, model = (
        ground.clean_model(play.defense),
        ground.system(play.defense).train(contaminate(ground.train, own, dose), ground.trusted),
    )
    malicious, benign = (ground.test.labelled(label).X for label in (MALICIOUS, BENIGN))
    marked = dose.shown(malicious)
    return Backdoored(
        opened=_judged(model, marked, BENIGN),
        mark_alone=_judged(clean, marked, BENIGN),
        unmarked=_judged(model, malicious, BENIGN),
        before=_judged(clean, malicious, BENIGN),
        alarms=_judged(model, benign, MALICIOUS),
        alarms_before=_judged(clean, benign, MALICIOUS),
        malicious=len(malicious),
        benign=len(benign),
    )


def _judged(model: Model, X: Rows, verdict: int) -> float:
    """The share of rows that get this verdict."""
    return float(np.mean(model.labels(X) == verdict))
