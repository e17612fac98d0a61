"""Oblivious trees of CatBoost, by its own JSON."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from amlsec.errors import NotApplicable
from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.forest import Forest, Tree, as_float32, numeric, planted
from amlsec.whitebox.look import reads

Saved = dict[str, Any]


@reads(Forest, "CatBoostClassifier", "CatBoostBooster")
def boosted(estimator: Any) -> Forest:
    """Its oblivious trees of numbers; raises NotApplicable for other trees, and for categories."""
    check_binary(estimator)
    model = _saved(estimator)
    scale, (bias,) = model["scale_and_bias"]
    trees = model.get("oblivious_trees")
    if trees is None or any(split["split_type"] != "FloatFeature" for tree in trees for split in tree["splits"] or ()):
        raise NotApplicable("CatBoost's trees are not oblivious, or split categories")
    columns = [feature["flat_feature_index"] for feature in model["features_info"]["float_features"]]
    return planted([_tree(tree, columns, scale) for tree in trees], float(bias))


def _saved(estimator: Any) -> Saved:
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        estimator.save_model(str(path), format="json")
        found: Saved = json.loads(path.read_text("utf-8"))
        return found


def _tree(saved: Saved, columns: list[int], scale: float) -> Tree:
    """The last split at the root: a leaf's number has a bit for each split, set where the value is above its border."""
    splits = list(reversed(saved["splits"] or ()))
    depth, levels = len(splits), np.arange(len(splits)).repeat(2 ** np.arange(len(splits)))
    inner, leaves = 2**depth - 1, np.arange(2**depth)
    column = np.array([columns[split["float_feature_index"]] for split in splits], dtype=np.intp)
    border = as_float32(np.array([split["border"] for split in splits], dtype=np.float64))
    at, ends = np.arange(inner), inner + leaves
    return numeric(
        np.concatenate([column[levels], 0 * leaves]),
        np.concatenate([border[levels], 0.0 * leaves]),
        np.concatenate([2 * at + 1, ends]),
        np.concatenate([2 * at + 2, ends]),
        np.concatenate([0.0 * at, scale * np.array(saved["leaf_values"])]),
    )
