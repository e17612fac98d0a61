"""The gate as a step of a pipeline: what it accepts is trained on, and nothing is judged twice."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from imblearn.base import is_sampler
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from amlsec.gate.sampler import GateSampler
from amlsec.gate.service import Gate
from amlsec.tables.load import Columns
from gate.begun import ME, QUICK, START, begun, blobs, flipped, on
from grounds import mails


@pytest.fixture
def home(tmp_path):
    begun(tmp_path / "gate").close()
    return tmp_path / "gate"


@pytest.fixture
def given():
    """Forty rows of a desk, and thirty with wrong labels of a liar, mixed."""
    rng = np.random.default_rng(0)
    right, wrong = blobs(40, 1).to_pandas(), flipped(blobs(30, 2)).to_pandas()
    order = rng.permutation(70)
    frame = pd.concat([right, wrong], ignore_index=True).iloc[order]
    source = np.repeat(["desk", "liar"], [40, 30])[order]
    return SimpleNamespace(X=frame[["a", "b"]], y=frame["label"], source=source, frame=frame)


def accepted(home, frame, source):
    """Where rows are accepted, by handing in each source's rows oneself."""
    gate, kept = Gate.open(home), np.zeros(len(frame), bool)
    for name in dict.fromkeys(source):
        own = np.flatnonzero(source == name)
        number = gate.submit(frame.iloc[own], name, act=ME).submission
        gate.work("tester")
        told = gate.rows(number, limit=1000).to_pandas().sort_values("position")
        kept[own] = told["decision"].to_numpy() == "accept"
    gate.close()
    return np.flatnonzero(kept)


def test_it_keeps_what_the_gate_accepts_of_each_source(home, given):
    sampler = GateSampler(home)
    rows, labels = sampler.fit_resample(given.X, given.y, source=given.source)
    kept = accepted(home, given.frame, given.source)  # the same submissions again: nothing new
    assert sampler.sample_indices_.tolist() == kept.tolist()
    assert 0 < len(kept) < 70
    assert rows.equals(given.X.iloc[kept])
    assert labels.equals(given.y.iloc[kept])
    assert not any(given.source[kept] == "liar")
    assert [one.source for one in sampler.submissions_] == list(dict.fromkeys(given.source))


def test_the_same_rows_again_are_not_judged_again_and_what_people_decided_since_holds(home, given):
    desk = given.frame[given.source == "desk"]
    sampler = GateSampler(home, source="desk")
    first = sampler.fit_resample(desk[["a", "b"]], desk["label"])[0]
    gate = Gate.open(home)
    entries = len(list(gate.entries()))
    again = sampler.fit_resample(desk[["a", "b"]], desk["label"])[0]
    assert again.equals(first)
    assert len(list(gate.entries())) == entries
    [number] = [one.id for one in sampler.submissions_]
    gate.review(number, Decision.ACCEPT, act=ME)
    assert len(sampler.fit_resample(desk[["a", "b"]], desk["label"])[0]) == 40
    gate.rollback("desk", START, act=on(9))
    with pytest.raises(InvalidInput, match="left without a row of"):
        sampler.fit_resample(desk[["a", "b"]], desk["label"])
    gate.close()


@pytest.mark.parametrize("kind", ["array", "list", "polars"])
def test_arrays_lists_and_frames_are_the_same_submission(home, given, kind):
    expected = GateSampler(home).fit_resample(given.X, given.y, source=given.source)[0].to_numpy()
    shaped = {"array": given.X.to_numpy(), "list": given.X.to_numpy().tolist(), "polars": pl.from_pandas(given.X)}[kind]
    rows, labels = GateSampler(home).fit_resample(shaped, given.y.tolist(), source=given.source.tolist())
    assert (np.asarray(rows) == expected).all()
    assert type(rows) is type(shaped)
    assert type(labels) is list
    gate = Gate.open(home)
    assert len(gate.submissions()) == 2
    gate.close()


def test_texts_pass_through_a_pipeline(tmp_path):
    trusted, offered = mails(300, seed=1), mails(60, seed=2)
    columns = Columns("label", text="text")
    Gate.init(
        tmp_path / "gate",
        pd.DataFrame({"text": trusted.X, "label": trusted.y}),
        columns,
        act=ME,
        policy=QUICK,
    ).close()
    pipeline = make_pipeline(GateSampler(tmp_path / "gate", source="desk"), CountVectorizer(), MultinomialNB())
    pipeline.fit(offered.X, offered.y)
    kept = pipeline[0].sample_indices_
    known = make_pipeline(CountVectorizer(), MultinomialNB()).fit(offered.X[kept], offered.y[kept])
    assert (pipeline.predict_proba(offered.X) == known.predict_proba(offered.X)).all()


def test_in_a_pipeline_sources_come_by_routing(home, given):
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(GateSampler(home), LogisticRegression())
        pipeline.fit(given.X, given.y, source=given.source)
    kept = pipeline[0].sample_indices_
    assert not any(given.source[kept] == "liar")
    known = LogisticRegression().fit(given.X.iloc[kept], given.y.iloc[kept])
    assert (pipeline[-1].coef_ == known.coef_).all()


def test_imbalanced_learn_takes_it_for_a_sampler_and_clones_it(home):
    sampler = GateSampler(home, source="desk")
    assert is_sampler(sampler)
    assert clone(sampler).get_params() == {"home": home, "source": "desk"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": None}, "must be named"),
        ({"source": ["desk"]}, "one name for each of 70 rows"),
        ({"X": np.zeros((70, 3))}, "must have those of the gate: a, b"),
        ({"X": pd.DataFrame({"a": np.zeros(70)})}, "has no column 'b'"),
        ({"y": ["ok"] * 9}, "one for each of 70 rows"),
        ({"y": ["maybe", "ok"] * 35}, "is no label of this gate"),
    ],
)
def test_bad_input_is_told_and_nothing_is_handed_in(home, given, change, said):
    told = {"X": given.X, "y": given.y, "source": given.source, **change}
    with pytest.raises(InvalidInput, match=said):
        GateSampler(home).fit_resample(told["X"], told["y"], source=told["source"])
    gate = Gate.open(home)
    assert gate.submissions() == []
    gate.close()
