import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from amlsec.data import texts
from amlsec.defenses.screens.provenance import Provenance
from amlsec.errors import InvalidInput
from amlsec.sanitize.sanitized import Sanitized
from told import TRUSTED, Everything, Recorder, Sourced, Told, dated, rows

X, Y = rows()
KEPT = np.flatnonzero(X[:, -1] == 0)


def told(estimator=None, **settings):
    return Sanitized(Told(), LogisticRegression() if estimator is None else estimator, trusted=TRUSTED, **settings)


def failing(_):
    return {"check_classifiers_classes": "1, the malicious label, is not among its labels 'one' and 'two'"}


@parametrize_with_checks([Sanitized(Everything(), LogisticRegression(), malicious=1)], expected_failed_checks=failing)
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


def test_it_is_the_classifier_of_the_rows_kept():
    known, model = LogisticRegression().fit(X[KEPT], Y[KEPT]), told().fit(X, Y)
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        assert (getattr(model, method)(X) == getattr(known, method)(X)).all()
    assert model.score(X, Y) == known.score(X, Y)
    assert model.n_features_in_ == 3
    assert (model.verdicts_.decision == X[:, -1]).all()


def test_a_screen_that_accepts_all_changes_nothing():
    model = Sanitized(Everything(), LogisticRegression()).fit(X, Y)
    assert (model.predict_proba(X) == LogisticRegression().fit(X, Y).predict_proba(X)).all()


def test_it_offers_what_its_classifier_offers():
    assert is_classifier(told())
    assert not hasattr(told(LinearSVC()), "predict_proba")
    assert hasattr(told(LinearSVC()), "decision_function")
    assert not hasattr(told(), "n_features_in_")
    with pytest.raises(NotFittedError):
        told().predict(X)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_the_classifier_sees_frames_as_frames(frame):
    given = frame(dict(zip("abc", X.T, strict=True)))
    model = Sanitized(Told(), Recorder(), trusted=(given[:20], Y[:20])).fit(given, pd.Series(Y))
    assert type(model.estimator_.X_) is type(given)
    assert (np.asarray(model.estimator_.X_) == X[KEPT]).all()
    assert told().fit(given, Y).feature_names_in_.tolist() == list("abc")


def test_the_classifier_sees_the_labels_it_was_given():
    model = told().fit(X, np.where(Y, "spam", "ham"))
    assert model.classes_.tolist() == ["ham", "spam"]
    assert set(model.predict(X)) == {"ham", "spam"}
    assert told(malicious="two").fit(X, np.where(Y, "two", "one")).classes_.tolist() == ["one", "two"]


# Quarantine


def test_quarantined_rows_weigh_as_told():
    model = told(Recorder(), quarantine=0.25).fit(X, Y)
    assert (X[X[:, -1] < 2] == model.estimator_.X_).all()
    assert (model.estimator_.weight_ == np.where(X[X[:, -1] < 2, -1] == 1, 0.25, 1.0)).all()
    assert told(Recorder(), quarantine=1.0).fit(X, Y).estimator_.weight_ is None


def test_weights_are_multiplied_with_those_given():
    own = np.linspace(1, 2, len(X))
    model = told(Recorder(), quarantine=0.25).fit(X, Y, sample_weight=own)
    quarantined = X[:, -1] == 1
    assert (model.estimator_.weight_ == np.where(quarantined, own * 0.25, own)[X[:, -1] < 2]).all()


def test_a_classifier_without_weights_cannot_weigh():
    steps = make_pipeline(StandardScaler(), LogisticRegression())
    with pytest.raises(InvalidInput, match="quarantine is 0.5: must be 0 or 1, as Pipeline.fit takes no sample_weight"):
        told(steps, quarantine=0.5).fit(X, Y)


def test_with_routing_a_pipeline_s_classifier_weighs():
    with sklearn.config_context(enable_metadata_routing=True):
        steps = make_pipeline(FunctionTransformer(), LogisticRegression().set_fit_request(sample_weight=True))
        found = told(steps, quarantine=0.5).fit(X, Y).estimator_[-1].coef_
    some = X[:, -1] < 2
    known = LogisticRegression().fit(X[some], Y[some], sample_weight=1 - X[some, -1] / 2)
    assert np.allclose(found, known.coef_)


# Metadata


def test_other_parameters_go_to_the_classifier_cut_to_the_rows_kept():
    weight = np.arange(len(X))
    model = told(Recorder()).fit(X, Y, sample_weight=weight, extra="as it is")
    assert model.estimator_.weight_.tolist() == KEPT.tolist()
    assert model.estimator_.extra_ == "as it is"


def test_sources_reach_it_in_a_pipeline_without_routing():
    table, y, source, time = dated()
    pipeline = Pipeline([("same", FunctionTransformer()), ("model", Sanitized(Sourced(), Recorder(), trusted=TRUSTED))])
    pipeline.fit(table, y, model__source=source, model__time=time)
    assert (table[source == "desk"] == pipeline[-1].estimator_.X_).all()
    scores = cross_val_score(pipeline, table, y, params={"model__source": source}, error_score="raise")
    assert np.isfinite(scores).all()


def test_sources_reach_it_through_splits_and_searches_by_routing():
    table, y, source, time = dated()
    params = {"source": pd.Series(source), "time": time}
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(FunctionTransformer(), Sanitized(Sourced(), LogisticRegression(), trusted=TRUSTED))
        assert np.isfinite(cross_val_score(pipeline, table, y, params=params, error_score="raise")).all()
        search = GridSearchCV(pipeline, {"sanitized__estimator__C": [0.1, 1.0]}, error_score="raise")
        search.fit(table, y, **params)
    assert search.best_estimator_[-1].verdicts_.accepted.sum() == (source == "desk").sum()


def test_folds_by_source_and_sources_for_the_screen_go_together():
    table, y, source, _ = dated()
    groups = np.where(np.arange(len(y)) % 4 < 2, source, "other")
    with sklearn.config_context(enable_metadata_routing=True):
        model = Sanitized(Sourced(), LogisticRegression(), trusted=TRUSTED)
        params = {"source": source, "groups": groups}
        scores = cross_val_score(model, table, y, cv=GroupKFold(2), params=params, error_score="raise")
    assert np.isfinite(scores).all()


def test_routing_asks_the_classifier_and_obeys_requests():
    table, y, source, _ = dated()
    with sklearn.config_context(enable_metadata_routing=True):
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            told().fit(X, Y, sample_weight=np.ones(len(X)))
        asking = told(LogisticRegression().set_fit_request(sample_weight=True))
        asking.fit(X, Y, sample_weight=np.ones(len(X)))
        for request in (True, False):
            model = Sanitized(Sourced(), Recorder(), trusted=TRUSTED).set_fit_request(source=request)
            if request:
                assert Pipeline([("m", model)]).fit(table, y, source=source)[0].verdicts_.accepted.any()
            else:
                with pytest.raises(TypeError, match="source"):
                    Pipeline([("m", model)]).fit(table, y, source=source)


# Whole


def test_settings_of_screen_and_classifier_can_be_searched():
    search = GridSearchCV(told(), {"screen__stricter": [0, -1], "estimator__C": [0.1, 1.0]}, cv=3, error_score="raise")
    search.fit(X, Y)
    assert len(search.cv_results_["params"]) == 4
    kept = X[:, -1] + search.best_params_["screen__stricter"] <= 0
    assert (search.best_estimator_.verdicts_.accepted == kept).all()


def test_it_is_cloned_with_its_settings_and_without_what_it_learned():
    again = clone(told(quarantine=0.5).fit(X, Y))
    assert again.quarantine == 0.5
    assert (again.trusted.X == TRUSTED.X).all()
    assert not hasattr(again, "estimator_")


def test_a_screen_fitted_before_stays_so_when_cloned():
    model = Sanitized(FrozenEstimator(Told().fit(TRUSTED)), LogisticRegression())
    assert np.isfinite(cross_val_score(model, X, Y, error_score="raise")).all()


def test_a_lying_source_of_texts_is_not_trained_on():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    words = [["agenda", "lunch", "report", "team"], ["winner", "cash", "prize", "claim"]]
    mails = texts([" ".join(rng.choice(words[c], 3)) for c in y])
    source, said = np.repeat(["desk", "forum"], [80, 120]), np.where(np.arange(200) < 80, y[100:], 1 - y[100:])
    trusted = mails[:100], y[:100]
    model = Sanitized(Provenance(), make_pipeline(TfidfVectorizer(), LogisticRegression()), trusted=trusted)
    assert model.fit(list(mails[100:]), said, source=source).score(mails, y) == 1.0
    assert (model.verdicts_.accepted == (source == "desk")).all()
    assert clone(model.estimator).fit(mails[100:], said).score(mails, y) < 0.5


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("source", {"source": ["a"] * 3}),
        ("time", {"time": np.zeros(3, dtype="datetime64[s]")}),
        ("sample_weight", {"sample_weight": np.ones(3)}),
    ],
)
def test_bad_input_is_refused_before_any_work(argument, given):
    class Untouched(Everything):
        def judge(self, offered, /):
            raise AssertionError("judged")

    with pytest.raises(InvalidInput, match=f"{argument} is 'of (length 3|shape \\(3,\\))'"):
        Sanitized(Untouched(), LogisticRegression()).fit(X, Y, **given)
