"""An audit goes on with stored games only where they would be played the same again."""

import sys

import numpy as np
import pyarrow as pa
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from amlsec import run_audit
from amlsec.audit.run import _fingerprint
from amlsec.audit.settings import settings
from amlsec.audit.subject import Given, prepared
from amlsec.catalogue import named
from amlsec.errors import InvalidInput
from amlsec.evidence import State
from grounds import mails

TOLD = {"data": "(a table in memory)", "target": "label", "text": "text"}


@pytest.fixture
def frame():
    batch = mails()
    return pa.table({"text": batch.X.tolist(), "label": np.where(batch.y == 1, "spam", "ham")})


def _long(last):
    """A classifier whose repr scikit-learn cuts short before `last`, and after it."""
    words = [f"word{i}{last if i == 400 else ''}" for i in range(800)]
    return make_pipeline(CountVectorizer(stop_words=words), MultinomialNB())


def _print(frame, estimator=None, **told):
    asked = settings({**TOLD, **told})
    return _fingerprint(prepared(asked, Given(frame, estimator)), asked)


def test_equal_audits_share_their_games_whatever_the_time_and_the_workers(frame):
    assert _print(frame, _long("a")) == _print(frame, _long("a"), minutes=1, jobs=2, out="elsewhere")


def test_classifiers_are_told_apart_where_their_repr_is_cut_short(frame):
    assert repr(_long("a")) == repr(_long("b"))
    assert _print(frame, _long("a")) != _print(frame, _long("b"))


def test_a_classifier_of_a_nameless_function_has_a_fingerprint(frame):
    assert _print(frame, make_pipeline(FunctionTransformer(lambda X: X), CountVectorizer(), MultinomialNB()))


def test_an_edited_register_is_another_audit(frame, tmp_path):
    path = tmp_path / "sources.toml"
    prints = []
    for exposure in ("staff", "anyone"):
        path.write_text(f'[sources.web]\nabout = "a form"\nexposure = "{exposure}"\n')
        prints.append(_print(frame, source_register=str(path)))
    assert prints[0] != prints[1]


def test_an_edited_factory_is_another_audit(frame, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    prints = []
    for alpha in (0.1, 10):
        (tmp_path / "edited_factory.py").write_text(
            f"from sklearn.naive_bayes import MultinomialNB as NB\nclass Mine(NB):\n    STRENGTH = {alpha}\nmake = Mine\n"
        )
        sys.modules.pop("edited_factory", None)
        prints.append(_print(frame, model="edited_factory:make"))
    assert prints[0] != prints[1]


def test_a_condition_on_a_code_that_does_not_exist_would_never_fail(frame):
    with pytest.raises(InvalidInput, match="conditions is 'AML-R99': must be one of AML-C01"):
        run_audit(frame, target="label", text="text", conditions={"AML-R99": {"fail": 0.1}})


def test_the_ranking_of_poisoning_alone_can_be_asked_for(frame, tmp_path, monkeypatch):
    monkeypatch.setattr("amlsec.audit.run.discover", lambda: [named("random-flips"), named("dictionary")])
    told = {"target": "label", "text": "text", "seeds": 1, "jobs": 1, "out": str(tmp_path)}
    [found] = run_audit(frame, model=make_pipeline(CountVectorizer(), MultinomialNB()), only=("AML-D03",), **told).findings
    assert (found.code, found.state) == ("AML-D03", State.MEASURED)
    assert "--only AML-D03" in found.reproduce


def test_the_sources_alone_can_be_asked_for(tmp_path):
    batch = mails()
    y = np.where(batch.y == 1, "spam", "ham")
    table = pa.table({"text": batch.X.tolist(), "label": y, "from": batch.source.tolist()})
    told = {"target": "label", "text": "text", "source": "from", "seeds": 1, "jobs": 1, "out": str(tmp_path)}
    result = run_audit(table, model=make_pipeline(CountVectorizer(), MultinomialNB()), only=("AML-S01",), **told)
    assert [(finding.code, finding.state) for finding in result.findings] == [("AML-S01", State.MEASURED)]
