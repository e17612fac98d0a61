"""Boosted trees of LightGBM, by its own dump."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import NotApplicable
from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.forest import NUMBERS, Forest, Tree, numeric, planted
from amlsec.whitebox.look import reads

Node = dict[str, Any]

_ZERO = float(np.float32(1e-35))
"""LightGBM reads numbers up to this size as 0."""


@reads(Forest, "LGBMClassifier", "LightGBMBooster")
def boosted(estimator: Any) -> Forest:
    """Its trees, those that split categories too; raises NotApplicable for zeros as missing, and for linear trees."""
    check_binary(estimator)
    dump = estimator.booster_.dump_model(num_iteration=estimator.best_iteration_ or None)
    return planted([_tree(one["tree_structure"]) for one in dump["tree_info"]], 0.0)


def _tree(root: Node) -> Tree:
    nodes = list(_walked(root))
    place = {id(node): i for i, node in enumerate(nodes)}
    left, right = ([place[id(node.get(side, node))] for node in nodes] for side in ("left_child", "right_child"))
    feature = [node.get("split_feature", 0) for node in nodes]
    codes = np.array([_splits_codes(node) for node in nodes])
    cuts = [_cut(node) for node in nodes]
    tree = numeric(feature, _around_zero(np.array(cuts)), left, right, [node.get("leaf_value", 0.0) for node in nodes])
    if not codes.any():
        return tree
    subsets = _subsets([nodes[i]["threshold"] for i in np.flatnonzero(codes)])
    return tree._replace(subset=np.where(codes, codes.cumsum() - 1, NUMBERS), subsets=subsets)


def _cut(node: Node) -> float:
    return 0.0 if _splits_codes(node) else float(node.get("threshold", 0.0))


def _subsets(told: Sequence[str]) -> NDArray[np.bool_]:
    """Which codes (splits, codes) go left, told as 0||3||4."""
    chosen = [[int(code) for code in text.split("||")] for text in told]
    subsets = np.zeros((len(chosen), max(map(max, chosen)) + 2), dtype=bool)
    for row, codes in zip(subsets, chosen, strict=True):
        row[codes] = True
    return subsets


def _around_zero(cuts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest numbers that go left, where numbers next to 0 are read as 0."""
    above = np.where((cuts >= 0) & (cuts < _ZERO), _ZERO, cuts)
    return np.where((above < 0) & (above >= -_ZERO), np.nextafter(-_ZERO, -1.0), above)


def _walked(node: Node) -> Iterator[Node]:
    if node.get("missing_type") == "Zero" or "leaf_coeff" in node:
        raise NotApplicable("LightGBM's trees treat zeros as missing, or are linear in their leaves")
    yield node
    for side in ("left_child", "right_child"):
        if side in node:
            yield from _walked(node[side])


def _splits_codes(node: Node) -> bool:
    return node.get("decision_type") == "=="
