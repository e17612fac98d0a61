"""The Adversarial Robustness Toolbox's attacks, each row on its own, with settings for tables."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from _evasion_cells import Cell
from _evasion_watched import REACH, Floats, Spent, View, Watched

from amlsec.data import Rows

Rival = Callable[[Watched, Floats], None]
FOREVER = 10**6


def hop_skip_jump(watched: Watched, u: Floats) -> None:
    """Defaults; fewer evaluations at first where there are few queries; its first sample is a usual row that passes."""
    from art.attacks.evasion import HopSkipJump

    first = max(5, min(100, watched.queries // 20))
    attack = HopSkipJump(_verdicts(watched), max_iter=FOREVER, init_eval=first, init_size=FOREVER, verbose=False)
    attack.generate(u, x_adv_init=_started(watched))


def boundary(watched: Watched, u: Floats) -> None:
    """Defaults, untargeted; its first sample is a usual row that passes."""
    from art.attacks.evasion import BoundaryAttack

    attack = BoundaryAttack(_verdicts(watched), targeted=False, max_iter=FOREVER, init_size=FOREVER, verbose=False)
    attack.generate(u, x_adv_init=_started(watched))


def zoo(watched: Watched, u: Floats) -> None:
    """All columns in parallel; differences are taken one unit of cost to either side, so that whole numbers move."""
    from art.attacks.evasion import ZooAttack

    width = u.shape[1]
    attack = ZooAttack(
        _chances(watched),
        learning_rate=1e-2,
        max_iter=max(20, watched.queries // (8 * width)),
        binary_search_steps=20,
        initial_const=1e-1,
        use_resize=False,
        use_importance=False,
        nb_parallel=width,
        variable_h=1.01 / (2 * REACH),
        verbose=False,
    )
    while True:
        attack.generate(u)


RIVALS: dict[str, Rival] = {"ART HopSkipJump": hop_skip_jump, "ART BoundaryAttack": boundary, "ART ZooAttack": zoo}


def attacked(rival: Rival, cell: Cell, x: Rows, queries: int, inside: bool) -> Watched:
    """What the rival asked about one row, cut off at its queries."""
    watched = Watched(View(cell, x, inside), queries)
    np.random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(Spent):
            rival(watched, np.full((1, len(x)), 0.5, dtype=np.float32))
    return watched


def by_tree(cell: Cell, x: Rows, inside: bool) -> tuple[float, float]:
    """ART's DecisionTreeAttack on one row, which asks nothing: the cheapest win in the space, and as given."""
    from art.attacks.evasion import DecisionTreeAttack
    from art.estimators.classification.scikitlearn import ScikitlearnDecisionTreeClassifier

    attack = DecisionTreeAttack(ScikitlearnDecisionTreeClassifier(cell.model.estimator), verbose=False)
    found = attack.generate(np.array([x], dtype=np.float64))
    return View(cell, x, inside).cheapest(found)


def _started(watched: Watched) -> Floats | None:
    """The first row that passes of up to 25 that the space calls usual, each a query; None where none does."""
    view, rng = watched.view, np.random.default_rng(0)
    for _ in range(25):
        u = view.coordinates(view.cell.space.anywhere(view.x[None], rng))
        if not watched.labels(u)[0]:
            return u.astype(np.float32)
    return None


def _verdicts(watched: Watched) -> Any:
    return _classifier(watched, lambda u: np.eye(2)[watched.labels(u)])


def _chances(watched: Watched) -> Any:
    """Probabilities; of a decision function, its logistic."""
    squash = not hasattr(watched.view.cell.model.estimator, "predict_proba")

    def answered(u: Floats) -> Floats:
        scores = watched.scores(u)
        malice = 1 / (1 + np.exp(-scores)) if squash else scores
        return np.column_stack([1 - malice, malice])

    return _classifier(watched, answered)


def _classifier(watched: Watched, answered: Callable[[Floats], Floats]) -> Any:
    """The toolbox's black box, its batches asked whole: it would cut ZOO's into single rows, which takes longer."""
    from art.estimators.classification import BlackBoxClassifier

    class Whole(BlackBoxClassifier):
        def predict(self, x: Floats, batch_size: int = 128, **kwargs: Any) -> Floats:
            return answered(x)

    return Whole(answered, (len(watched.view.x),), 2, clip_values=(0.0, 1.0))
