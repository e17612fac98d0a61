import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from imblearn.base import is_sampler
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.preprocessing import StandardScaler

from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.sanitize.sampler import SanitizingSampler
from told import TRUSTED, Everything, Sourced, Told, dated, rows, verdicts

X, Y = rows()
KEPT = np.flatnonzero(X[:, -1] == 0)


def test_it_keeps_accepted_rows_and_says_which():
    sampler = SanitizingSampler(Told(), trusted=TRUSTED)
    table, labels = sampler.fit_resample(X, Y)
    assert (table == X[KEPT]).all()
    assert (labels == Y[KEPT]).all()
    assert sampler.sample_indices_.tolist() == KEPT.tolist()
    assert (sampler.verdicts_.decision == X[:, -1]).all()
    assert sampler.screen_.trusted_ is TRUSTED


def test_a_screen_that_accepts_all_changes_nothing():
    table, labels = SanitizingSampler(Everything()).fit_resample(X, Y)
    assert (table == X).all()
    assert (labels == Y).all()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_come_out_as_frames(frame):
    given = frame(dict(zip("abc", X.T, strict=True)))
    table, labels = SanitizingSampler(Told(), trusted=TRUSTED).fit_resample(given, pd.Series(Y))
    assert type(table) is type(given)
    assert list(table.columns) == list("abc")
    assert isinstance(labels, pd.Series)
    assert labels.index.tolist() == KEPT.tolist()


def test_it_is_cloned_with_its_settings_and_without_what_it_learned():
    sampler = SanitizingSampler(Told(stricter=1), trusted=TRUSTED, malicious=1)
    again = clone(sampler)
    assert again.get_params()["screen__stricter"] == 1
    assert (again.trusted.X == TRUSTED.X).all()
    assert not hasattr(again, "screen_")


def test_imbalanced_learn_takes_it_for_a_sampler():
    assert is_sampler(SanitizingSampler(Everything()))


def test_in_a_pipeline_it_works_at_fit_only():
    pipeline = make_pipeline(SanitizingSampler(Told(), trusted=TRUSTED), StandardScaler(), LogisticRegression())
    known = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[KEPT], Y[KEPT])
    assert (pipeline.fit(X, Y).predict_proba(X) == known.predict_proba(X)).all()


def test_texts_pass_through_a_pipeline():
    class Shouting(Everything):
        def judge(self, offered, /):
            return verdicts([2 * text.isupper() for text in offered.X])

    mails = ["win cash", "see you", "WIN CASH", "win more", "see me"]
    pipeline = make_pipeline(SanitizingSampler(Shouting()), CountVectorizer(), MultinomialNB())
    pipeline.fit(texts(mails), ["spam", "ham", "ham", "spam", "ham"])
    assert pipeline[-1].class_count_.tolist() == [2, 2]


def test_a_search_chooses_among_settings_of_the_screen():
    pipeline = make_pipeline(SanitizingSampler(Told(), trusted=TRUSTED), LogisticRegression())
    search = GridSearchCV(pipeline, {"sanitizingsampler__screen__stricter": [0, -1]}, cv=3, error_score="raise").fit(X, Y)
    kept = X[:, -1] + search.best_params_["sanitizingsampler__screen__stricter"] <= 0
    assert search.best_estimator_[0].sample_indices_.tolist() == np.flatnonzero(kept).tolist()


def test_a_screen_fitted_before_stays_so_in_a_search():
    pipeline = make_pipeline(SanitizingSampler(FrozenEstimator(Told().fit(TRUSTED))), LogisticRegression())
    assert np.isfinite(cross_val_score(pipeline, X, Y, error_score="raise")).all()


def test_sources_and_times_are_routed_through_splits():
    table, y, source, time = dated()
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(SanitizingSampler(Sourced(), trusted=TRUSTED), LogisticRegression())
        scores = cross_val_score(pipeline, table, y, params={"source": source, "time": time}, error_score="raise")
        pipeline.fit(table, y, source=source, time=time)
    assert np.isfinite(scores).all()
    assert pipeline[0].sample_indices_.tolist() == np.flatnonzero(source == "desk").tolist()


def test_routing_can_be_refused():
    table, y, source, _ = dated()
    with sklearn.config_context(enable_metadata_routing=True):
        sampler = SanitizingSampler(Told(), trusted=TRUSTED).set_fit_resample_request(source=False)
        with pytest.raises(TypeError, match="source"):
            make_pipeline(sampler, LogisticRegression()).fit(table, y, source=source)


def test_bad_input_is_refused_before_any_work():
    class Untouched(Everything):
        def judge(self, offered, /):
            raise AssertionError("judged")

    with pytest.raises(InvalidInput, match="source is 'of length 3'"):
        SanitizingSampler(Untouched()).fit_resample(X, Y, source=["a"] * 3)
