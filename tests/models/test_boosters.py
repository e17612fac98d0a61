"""Boosters say the same bare, as their library's classifier, and as a model under attack."""

import pickle

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.base import clone

from amlsec.errors import InvalidInput
from amlsec.models.boosters import CatBoostBooster, LightGBMBooster, XGBoostBooster, boosted
from amlsec.oracle import Classifier, fitted
from amlsec.whitebox.forest import Forest
from amlsec.whitebox.look import inside

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = (X[:, 0] + X[:, 1] ** 2 + 0.3 * RNG.normal(size=300) > 0.8).astype(int)
CAT = {"iterations": 8, "depth": 3, "verbose": 0, "allow_writing_files": False, "random_seed": 0, "thread_count": 1}
LIGHT = {"verbose": -1, "num_threads": 1, "seed": 0}

BARE = {
    "lightgbm": lambda: lightgbm.train({"objective": "binary", **LIGHT}, lightgbm.Dataset(X, Y), 8),
    "xgboost": lambda: xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(X, Y), 8),
    "xgboost, logits": lambda: xgboost.train({"objective": "binary:logitraw", "nthread": 1}, xgboost.DMatrix(X, Y), 8),
    "catboost": lambda: catboost.CatBoost({"loss_function": "Logloss", **CAT}).fit(X, Y),
}
OWN = {
    "lightgbm": (LightGBMBooster, lightgbm.LGBMClassifier(n_estimators=8, **LIGHT), lambda own: own.booster_),
    "xgboost": (XGBoostBooster, xgboost.XGBClassifier(n_estimators=8, n_jobs=1), lambda own: own.get_booster()),
    "catboost": (CatBoostBooster, catboost.CatBoostClassifier(**CAT), lambda own: own),
}


@pytest.mark.parametrize("name", OWN)
def test_the_librarys_own_classifier_needs_no_help(name):
    _, own, _ = OWN[name]
    model = fitted(clone(own).fit(X, Y))
    assert isinstance(model, Classifier)
    assert model.labels(X).mean() == pytest.approx(Y.mean(), abs=0.1)
    assert ((model.scores(X) > 0.5) == model.labels(X)).all()
    assert boosted(own) is own


@pytest.mark.parametrize("name", OWN)
def test_what_is_in_the_librarys_classifier_says_the_same(name):
    wrapper, own, bare = OWN[name]
    trained = clone(own).fit(X, Y)
    model = wrapper(bare(trained))
    assert (model.predict(X) == trained.predict(X)).all()
    chance = trained.predict_proba(X)[:, 1]
    np.testing.assert_allclose(1 / (1 + np.exp(-model.decision_function(X))), chance, rtol=1e-5)


@pytest.mark.parametrize("name", BARE)
def test_a_bare_booster_is_a_classifier_that_nothing_trains(name):
    model = boosted(BARE[name]())
    asked = fitted(model)
    verdicts = asked.labels(X)
    assert (verdicts == (asked.scores(X) > 0)).all()
    assert (verdicts == Y).mean() > 0.85
    assert clone(model) is model.fit(X, 1 - Y) is model
    assert asked.labels(X[:0]).shape == asked.scores(X[:0]).shape == (0,)
    assert (fitted(pickle.loads(pickle.dumps(model))).labels(X) == verdicts).all()


@pytest.mark.parametrize("name", BARE)
def test_its_trees_are_seen(name):
    model = boosted(BARE[name]())
    margin = inside(Classifier(model), Forest).margin(X)
    np.testing.assert_allclose(margin, model.decision_function(X), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "booster",
    [
        lambda: lightgbm.train({"objective": "regression", **LIGHT}, lightgbm.Dataset(X, Y), 2),
        lambda: xgboost.train({"objective": "reg:squarederror", "nthread": 1}, xgboost.DMatrix(X, Y), 2),
        lambda: catboost.CatBoost({"loss_function": "RMSE", **CAT}).fit(X, Y),
    ],
    ids=["lightgbm", "xgboost", "catboost"],
)
def test_a_booster_of_another_loss_is_refused(booster):
    with pytest.raises(InvalidInput, match="must be trained with one of"):
        boosted(booster()).predict(X)


def test_a_booster_that_stopped_early_predicts_with_its_best_trees():
    train, valid = lightgbm.Dataset(X[:200], Y[:200]), lightgbm.Dataset(X[200:], Y[200:])
    told = {"objective": "binary", "learning_rate": 0.9, **LIGHT}
    stop = lightgbm.early_stopping(3, verbose=False)
    booster = lightgbm.train(told, train, 60, valid_sets=[valid], callbacks=[stop])
    assert 0 < booster.best_iteration < 60
    margin = inside(Classifier(boosted(booster)), Forest).margin(X)
    np.testing.assert_allclose(margin, booster.predict(X, raw_score=True), rtol=1e-6)
