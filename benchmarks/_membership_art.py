"""Membership attacks of the Adversarial Robustness Toolbox, with their documented settings."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import numpy as np
from _membership_cells import Cell
from numpy.typing import NDArray
from sklearn.base import clone

Floats = NDArray[np.float64]


def _wrapped(estimator: Any) -> Any:
    from art.estimators.classification.scikitlearn import ScikitlearnClassifier

    return ScikitlearnClassifier(estimator)


def learned(cell: Cell, models: int, seed: int, kind: str) -> Floats:
    """Shokri et al. (2017): an attack model learns what shadow models say of rows they saw and of rows they did not."""
    from art.attacks.inference.membership_inference import MembershipInferenceBlackBox, ShadowModels

    logging.getLogger("art").setLevel(logging.ERROR)  # it warns of every shadow model that it is not fitted yet
    template = _wrapped(clone(cell.probable).fit(cell.shadow.rows.X[:50], cell.shadow.rows.y[:50]))
    shadows = ShadowModels(template, num_shadow_models=models, random_state=seed)
    one_hot = np.eye(2)[cell.shadow.rows.y]
    seen, unseen = shadows.generate_shadow_dataset(cell.shadow.rows.X, one_hot)
    attack = MembershipInferenceBlackBox(_wrapped(cell.fitted), attack_model_type=kind)
    told = {"x": seen[0], "y": seen[1], "pred": seen[2], "test_x": unseen[0], "test_y": unseen[1], "test_pred": unseen[2]}
    attack.fit(**told)
    return _chance(attack.infer(cell.rows.X, cell.rows.y, probabilities=True))


def by_rule(cell: Cell, _models: int, _seed: int) -> Floats:
    """A row that is judged rightly was trained on: the gap attack, by the name LabelOnlyGapAttack too."""
    from art.attacks.inference.membership_inference import MembershipInferenceBlackBoxRuleBased

    attack = MembershipInferenceBlackBoxRuleBased(_wrapped(cell.fitted))
    return attack.infer(cell.rows.X, cell.rows.y).astype(np.float64)


def _chance(answer: Any) -> Floats:
    """The chance of being a member (n,)."""
    chance = np.asarray(answer, dtype=np.float64)
    return chance[:, -1] if chance.ndim == 2 else chance


KINDS = ("nn", "rf", "gb", "lr")
RIVALS = {f"ART BlackBox {kind}": partial(learned, kind=kind) for kind in KINDS} | {"ART RuleBased": by_rule}
