"""A forest against the models it was read from, by their own verdicts."""

import lightgbm
import numpy as np
import pytest
import xgboost
from catboost import CatBoostClassifier
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from amlsec.errors import NotApplicable
from amlsec.oracle import Classifier
from amlsec.whitebox.forest import Forest, as_float32, numeric, planted, strictly_below
from amlsec.whitebox.look import inside, read

MANY = 100_000


def rows(n=600, seed=0):
    """Numbers, whole numbers and codes of six categories, and labels that depend on all of them."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=(n, 2)) * [1, 1e3], rng.poisson(3, n), rng.integers(0, 6, n)]).astype(float)
    return X, ((X[:, 0] + X[:, 1] / 1e3 + (X[:, 2] > 3) > 0.3) ^ np.isin(X[:, 3], [1, 4])).astype(int)


def touching(forest, seed=1):
    """Random rows, many of their values on a threshold or as near to it as there are numbers."""
    rng = np.random.default_rng(seed)
    X = np.repeat(rows(1000, seed)[0], MANY // 1000, axis=0)
    inner = np.flatnonzero((forest.nodes.left != np.arange(len(forest.nodes.left))) & (forest.nodes.subset < 0))
    for _ in range(3):
        node = rng.choice(inner, len(X))
        cut = forest.nodes.threshold[node]
        value = np.choose(rng.integers(0, 3, len(X)), [cut, np.nextafter(cut, np.inf), np.float32(cut)])
        X[np.arange(len(X)), forest.nodes.feature[node]] = value
    X[:, 3] = np.where(rng.random(len(X)) < 0.5, rng.integers(0, 6, len(X)), X[:, 3])
    return X


CODES = {"categorical_features": [3], "max_iter": 30, "min_samples_leaf": 5}
MODELS = {
    "tree": DecisionTreeClassifier(random_state=0),
    "forest": RandomForestClassifier(20, random_state=0),
    "small forest": RandomForestClassifier(10, max_depth=3, class_weight="balanced", random_state=0),
    "extra trees": ExtraTreesClassifier(20, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=40, random_state=0),
    "boosting from 0": GradientBoostingClassifier(n_estimators=10, init="zero", subsample=0.5, random_state=0),
    "histograms": HistGradientBoostingClassifier(max_iter=30),
    "histograms of codes": HistGradientBoostingClassifier(**CODES),
    "lightgbm": lightgbm.LGBMClassifier(n_estimators=30, verbose=-1, n_jobs=1),
    "xgboost": xgboost.XGBClassifier(n_estimators=30, max_depth=4, n_jobs=1),
    "xgboost's forest": xgboost.XGBClassifier(
        num_parallel_tree=20, n_estimators=1, learning_rate=1, subsample=0.8, max_depth=4, n_jobs=1
    ),
    "xgboost of margins": xgboost.XGBClassifier(n_estimators=20, objective="binary:logitraw", n_jobs=1),
    "xgboost of codes": xgboost.XGBClassifier(
        n_estimators=20, enable_categorical=True, feature_types=["q", "q", "q", "c"], n_jobs=1
    ),
    "catboost": CatBoostClassifier(iterations=30, depth=4, verbose=0, allow_writing_files=False, thread_count=1),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_verdicts_are_the_models_on_rows_that_touch_its_thresholds(name):
    model = MODELS[name].fit(*rows())
    forest = inside(Classifier(model), Forest)
    X = touching(forest)
    assert ((forest.margin(X) > 0) == model.predict(X)).all()


@pytest.mark.parametrize("name", ["boosting", "histograms of codes", "lightgbm", "xgboost", "catboost"])
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_margins_are_the_log_odds(name):
    model = MODELS[name].fit(*rows())
    X = rows(2000, 5)[0]
    p = model.predict_proba(X).astype(float)
    assert inside(Classifier(model), Forest).margin(X) == pytest.approx(np.log(p[:, 1] / p[:, 0]), abs=2e-5)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.filterwarnings("ignore:Categorical features with more bins:UserWarning")
def test_lightgbm_splits_codes_in_subsets():
    model = lightgbm.LGBMClassifier(n_estimators=20, min_data_per_group=5, cat_smooth=1, verbose=-1, n_jobs=1)
    model.fit(*rows(), categorical_feature=[3])
    forest = read(model, Forest)
    X = np.append(touching(forest), rows(50)[0] + [0, 0, 0, 6], axis=0)
    assert (forest.nodes.subset >= 0).any()
    assert ((forest.margin(X) > 0) == model.predict(X)).all()


def test_codes_that_were_never_seen_go_where_the_model_sends_them():
    X, y = rows()
    X[:, 3] = np.where(X[:, 3] == 2, 9, X[:, 3])
    model = HistGradientBoostingClassifier(**CODES).fit(X, y)
    forest = read(model, Forest)
    for code in (2, 7, 9, 30):
        asked = np.column_stack([X[:, :3], np.full(len(X), code)])
        assert ((forest.margin(asked) > 0) == model.predict(asked)).all()


def test_a_forests_tie_passes_as_the_model_says():
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 20)
    model = RandomForestClassifier(2, max_features=1, random_state=3).fit(X, X[:, 0])
    model.estimators_ = [
        DecisionTreeClassifier().fit(X, X[:, 0].astype(int)),
        DecisionTreeClassifier().fit(X, X[:, 1].astype(int)),
    ]
    margin = read(model, Forest).margin(X)
    assert (margin == 0).any()
    assert ((margin > 0) == model.predict(X)).all()


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
def test_trees_are_seen_through_scalers(scaler):
    X, y = rows()
    model = make_pipeline(scaler, GradientBoostingClassifier(n_estimators=20, random_state=0)).fit(X, y)
    fresh = rows(MANY, 3)[0]
    assert ((inside(Classifier(model), Forest).margin(fresh) > 0) == model.predict(fresh)).all()


DROPPED = {} if Version(xgboost.__version__) >= Version("3.4") else {"booster": "dart"}
"""How xgboost is told to drop trees."""


def test_what_cannot_be_read_is_not_applicable():
    X, y = rows(200)
    odd = [
        make_pipeline(StandardScaler(), HistGradientBoostingClassifier(**CODES)),
        GradientBoostingClassifier(init=LogisticRegression(), n_estimators=2),
        xgboost.XGBClassifier(n_estimators=8, rate_drop=0.5, n_jobs=1, **DROPPED),
        LogisticRegression(max_iter=10_000),
        CatBoostClassifier(iterations=2, grow_policy="Depthwise", verbose=0, allow_writing_files=False, thread_count=1),
        lightgbm.LGBMClassifier(n_estimators=2, zero_as_missing=True, verbose=-1, n_jobs=1),
    ]
    for model in odd:
        with pytest.raises(NotApplicable):
            read(model.fit(X, y), Forest)
    with pytest.raises(NotApplicable, match="is no model of 0 and 1"):
        read(DecisionTreeClassifier().fit(X, 1 + y), Forest)


@given(st.floats(-1e30, 1e30), st.integers(-3, 3))
def test_single_precision_thresholds_split_double_precision_rows_as_the_cast_does(threshold, steps):
    cut = np.float32(threshold)
    for found, goes in ((as_float32, np.less_equal), (strictly_below, np.less)):
        own = found(np.array([float(cut)]))[0]
        x = own
        for _ in range(abs(steps)):
            x = np.nextafter(x, np.inf * np.sign(steps))
        assert (x <= own) == goes(np.float32(x), cut)


def test_a_forest_may_mix_trees_with_and_without_subsets():
    plain = numeric([0, 0, 0], [0.5, 0, 0], [1, 1, 2], [2, 1, 2], [0.0, -1.0, 1.0])
    chosen = plain._replace(subset=np.array([0, -1, -1]), subsets=np.array([[True, False, True, False]]))
    wide = plain._replace(subset=np.array([0, -1, -1]), subsets=np.array([[True, True]]))
    margin = planted([plain, chosen, wide], 0.0).margin(np.array([[0.0], [1.0], [2.0], [3.0], [-1.0], [0.5]]))
    assert margin == pytest.approx([-3, 1, -1, 1, -1, -1])
