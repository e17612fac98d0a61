"""Boosted trees of XGBoost, by its own JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from amlsec.errors import NotApplicable
from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.forest import NUMBERS, Forest, Tree, numeric, planted, strictly_below
from amlsec.whitebox.look import reads


@reads(Forest, "XGBClassifier")
def classifier(estimator: Any) -> Forest:
    """As of a bare booster; of raw margins XGBoost's own classifier calls 1 what is above one half."""
    forest = boosted(estimator)
    return replace(forest, bias=forest.bias - 0.5) if estimator.objective == "binary:logitraw" else forest


@reads(Forest, "XGBoostBooster")
def boosted(estimator: Any) -> Forest:
    """Its trees, those that split categories too; raises NotApplicable for linear boosters, dropped trees, other losses."""
    check_binary(estimator)
    learner = json.loads(estimator.get_booster().save_raw("json"))["learner"]
    booster, loss = learner["gradient_booster"], learner["objective"]["name"]
    dropped = "weight_drop" in booster.get("model", ())  # from 3.4 on a booster of dropped trees has no name of its own
    if booster["name"] != "gbtree" or dropped or loss not in ("binary:logistic", "binary:logitraw"):
        raise NotApplicable(f"XGBoost's {booster['name']} for {loss} cannot be read")
    trees = booster["model"]["trees"][: _used(estimator)]
    base = float(learner["learner_model_param"]["base_score"].strip("[]"))
    return planted([_tree(one) for one in trees], float(logit(base)) if loss == "binary:logistic" else base)


def _used(estimator: Any) -> int | None:
    """How many trees it predicts with."""
    stopped = getattr(estimator, "early_stopping_rounds", None)
    return None if stopped is None else (estimator.best_iteration + 1) * (estimator.get_params()["num_parallel_tree"] or 1)


def _tree(saved: dict[str, Any]) -> Tree:
    own, left, right = (
        np.arange(len(saved["left_children"])),
        *map(np.array, (saved["left_children"], saved["right_children"])),
    )
    leaf = left < 0
    condition = np.array(saved["split_conditions"], dtype=np.float64)
    cut = strictly_below(np.where(leaf, 0.0, condition))
    value = np.where(leaf, condition.astype(np.float32), 0.0)
    column = np.where(leaf, 0, saved["split_indices"])
    tree = numeric(column, cut, np.where(leaf, own, left), np.where(leaf, own, right), value)
    return _with_subsets(tree, saved) if saved["categories_nodes"] else tree


def _with_subsets(tree: Tree, saved: dict[str, Any]) -> Tree:
    """Codes that are listed go right, and so all others left."""
    subset = np.full(len(tree.feature), NUMBERS)
    subset[saved["categories_nodes"]] = np.arange(len(saved["categories_nodes"]))
    subsets: NDArray[np.bool_] = np.ones((len(saved["categories_nodes"]), max(saved["categories"]) + 2), dtype=bool)
    for row, start, size in zip(subsets, saved["categories_segments"], saved["categories_sizes"], strict=True):
        row[saved["categories"][start : start + size]] = False
    return tree._replace(subset=subset, subsets=subsets)
