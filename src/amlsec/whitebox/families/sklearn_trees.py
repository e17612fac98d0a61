"""Trees, forests and boosted trees of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import NotApplicable
from amlsec.whitebox.binary import check_binary
from amlsec.whitebox.forest import NUMBERS, Forest, Tree, as_float32, numeric, planted
from amlsec.whitebox.look import reads

Floats = NDArray[np.float64]

_TIES_ARE_MALICIOUS = 1e-12
"""Added where a model stops rows of margin 0; sums of leaves are not known any closer."""


@reads(Forest, "DecisionTreeClassifier", "ExtraTreeClassifier")
def tree(estimator: Any) -> Forest:
    """The share of malicious rows in a leaf, less that of benign ones."""
    check_binary(estimator)
    return planted([_votes(estimator.tree_)], 0.0)


@reads(Forest, "RandomForestClassifier", "ExtraTreesClassifier")
def forest(estimator: Any) -> Forest:
    """The trees' shares summed."""
    check_binary(estimator)
    return planted([_votes(one.tree_) for one in estimator.estimators_], 0.0)


@reads(Forest, "GradientBoostingClassifier")
def boosted(estimator: Any) -> Forest:
    """Each tree's values times the learning rate; raises NotApplicable where another model stands before the trees."""
    check_binary(estimator)
    if type(estimator.init_).__name__ not in ("DummyClassifier", "str"):
        raise NotApplicable(f"boosting starts from a {type(estimator.init_).__name__}, which cannot be seen through")
    start = float(estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), dtype=np.float32))[0, 0])
    trees = [tree_of(one.tree_, estimator.learning_rate * one.tree_.value[:, 0, 0]) for one in estimator.estimators_[:, 0]]
    return planted(trees, start + _TIES_ARE_MALICIOUS)


@reads(Forest, "HistGradientBoostingClassifier")
def histogram_boosted(estimator: Any) -> Forest:
    """Its trees, those that split categories too; raises NotApplicable where a category's code is no whole number."""
    check_binary(estimator)
    columns, codes = _encoded(estimator)
    trees = [_histogram_tree(stage[0], columns, codes) for stage in estimator._predictors]
    return planted(trees, float(estimator._baseline_prediction[0, 0]))


def _votes(fitted: Any) -> Tree:
    return tree_of(fitted, fitted.value[:, 0, 1] - fitted.value[:, 0, 0])


def tree_of(fitted: Any, value: Floats) -> Tree:
    """A fitted `tree_` whose nodes have these values (k,)."""
    own = np.arange(fitted.node_count)
    leaf = fitted.children_left < 0
    left, right = (np.where(leaf, own, side) for side in (fitted.children_left, fitted.children_right))
    return numeric(np.where(leaf, 0, fitted.feature), as_float32(fitted.threshold), left, right, value)


def _encoded(estimator: Any) -> tuple[NDArray[np.intp], Mapping[int, Floats]]:
    """The column behind each of the model's own, and the codes of those that hold categories."""
    width = estimator.n_features_in_
    if estimator._preprocessor is None:
        return np.arange(width), {}
    is_category = estimator.is_categorical_
    columns = np.concatenate([np.flatnonzero(is_category), np.flatnonzero(~is_category)])
    known = estimator._preprocessor.named_transformers_["encoder"].categories_
    return columns, {int(j): _whole(codes) for j, codes in zip(columns, known, strict=False)}


def _whole(codes: Any) -> Floats:
    try:
        numbers = np.asarray(codes, dtype=np.float64)
    except ValueError as error:
        raise NotApplicable("categories that are no codes") from error
    numbers = numbers[~np.isnan(numbers)]
    if not ((numbers >= 0) & (numbers == np.floor(numbers))).all():
        raise NotApplicable("categories whose codes are no whole numbers from 0 on")
    return numbers


def _histogram_tree(predictor: Any, columns: NDArray[np.intp], codes: Mapping[int, Floats]) -> Tree:
    nodes = predictor.nodes
    own, leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
    left, right = (np.where(leaf, own, nodes[side].astype(np.intp)) for side in ("left", "right"))
    feature = np.where(leaf, 0, columns[nodes["feature_idx"]])
    tree = numeric(feature, nodes["num_threshold"], left, right, nodes["value"])
    split = np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf)
    if not len(split):
        return tree
    subset = np.full(len(nodes), NUMBERS)
    subset[split] = np.arange(len(split))
    most = int(max(codes[int(j)].max(initial=0) for j in feature[split])) + 2
    rows = [_left_codes(predictor, nodes[at], codes[int(feature[at])], most) for at in split]
    return tree._replace(subset=subset, subsets=np.stack(rows))


def _left_codes(predictor: Any, node: Any, codes: Floats, most: int) -> NDArray[np.bool_]:
    """Which codes go left; one that the model has not seen goes where missing values go."""
    goes = np.full(most, bool(node["missing_go_to_left"]))
    bits = np.unpackbits(predictor.raw_left_cat_bitsets[node["bitset_idx"]].view(np.uint8), bitorder="little")
    goes[codes.astype(np.intp)] = bits[: len(codes)].astype(bool)
    return goes
