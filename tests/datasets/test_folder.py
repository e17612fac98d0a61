"""Data sets from the folder that AMLSEC_DATA names: what is in them, and what is said where they are not there."""

import os
from importlib import import_module

import numpy as np
import pytest

from amlsec.audit.settings import settings
from amlsec.audit.subject import prepared
from amlsec.data import Batch
from amlsec.datasets.folder import MOST_ROWS, distinct_sample
from amlsec.errors import InvalidInput

NAMES = ("enron", "nsl_kdd", "drebin", "clamp", "pdf_malware", "faces")
WIDTH = {"nsl_kdd": 41, "drebin": 215, "clamp": 69, "faces": 20}
SOURCES = {"enron": 6, "faces": 40}


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_the_rows_are_distinct_labelled_and_noted(name):
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    demo, again = (import_module(f"amlsec.datasets.{name}").load() for _ in range(2))
    assert len(demo.batch) == len(set(demo.batch.content())) <= MOST_ROWS
    assert 0.2 < demo.batch.y.mean() < 0.6
    assert demo.batch.is_text or demo.batch.X.shape[1] == len(demo.columns) == WIDTH.get(name, len(demo.columns))
    assert (demo.batch.X == again.batch.X).all()
    assert len(set([] if demo.batch.source is None else demo.batch.source)) == SOURCES.get(name, 0)
    assert "real" in demo.notes[0] or "built for the test" in demo.notes[0]
    assert demo.benign != demo.malicious


@pytest.mark.data
def test_an_audit_takes_them_as_demos():
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    subject = prepared(settings({"demo": "nsl_kdd"}))
    named = {column.name: column.categories for column in subject.space.columns if column.categories}
    assert set(named) == {"protocol_type", "service", "flag"}
    assert "tcp" in named["protocol_type"]
    assert subject.register is None


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_named(name, monkeypatch, tmp_path):
    module = import_module(f"amlsec.datasets.{name}")
    monkeypatch.delenv("AMLSEC_DATA", raising=False)
    with pytest.raises(InvalidInput, match="AMLSEC_DATA is None: must name the folder"):
        module.load()
    monkeypatch.setenv("AMLSEC_DATA", str(tmp_path))
    with pytest.raises(InvalidInput, match="holds no .*: "):
        module.load()


def test_a_larger_set_is_sampled_without_repeats():
    rows = Batch(np.repeat(np.arange(7000.0), 2)[:, None], np.tile([0, 1], 7000))
    drawn, total = distinct_sample(rows, np.random.default_rng(0))
    assert total == 14000
    assert len(drawn) == len(np.unique(drawn.X)) == MOST_ROWS
