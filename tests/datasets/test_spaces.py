"""What an attacker may change in real data: as the domain says, and no more."""

import os
from importlib import import_module

import numpy as np
import pytest

from amlsec.audit.settings import settings
from amlsec.audit.subject import prepared
from amlsec.space.column import May

pytestmark = pytest.mark.data


@pytest.fixture(params=["drebin", "clamp", "pdf_malware"])
def subject(request):
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    return prepared(settings({"demo": request.param}))


def test_every_column_is_spoken_of_and_samples_lie_in_the_space(subject):
    said = import_module(f"amlsec.datasets.{subject.name.removeprefix('demo ')}").load().space["columns"]
    space, X = subject.space, subject.parts["train"].X[:200]
    assert {column.name: str(column.may) for column in space.columns} == {name: each["may"] for name, each in said.items()}
    assert len(space.changeable) >= 20
    changed = space.sample(X, 20.0, np.random.default_rng(0))
    assert (space.cost(X, changed) <= 20 + 1e-6).all()
    assert (changed != X).any(axis=1).mean() > 0.3
    grows = [j for j, column in enumerate(space.columns) if column.may == May.UP]
    assert (changed[:, grows] >= X[:, grows]).all()
    assert len(space.examples) == 50


def test_relations_of_the_data_are_found_and_hold_in_rows_that_are_new():
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    subject = prepared(settings({"demo": "pdf_malware"}))
    names = [column.name for column in subject.space.columns]
    found = {relation.name: set(relation.weights) for relation in subject.space.relations}
    assert {"title_lc", "title_uc", "title_num", "title_oth", "title_len"} in found.values()
    assert {"pos_page_min <= pos_page_avg", "pos_page_avg <= pos_page_max"} <= set(found)
    test = subject.parts["test"].X
    for relation in subject.space.relations:
        sums = sum(weight * test[:, names.index(name)] for name, weight in relation.weights.items())
        assert (sums <= relation.at_most + 1e-6).mean() > 0.999


def test_clamps_sections_are_the_suspicious_and_the_others():
    if "AMLSEC_DATA" not in os.environ:
        pytest.skip("AMLSEC_DATA is not set")
    relations = prepared(settings({"demo": "clamp"})).space.relations
    assert [set(relation.weights) for relation in relations] == [{"NumberOfSections", "sus_sections", "non_sus_sections"}]
