"""The space of an audit: what the table suggests, then what the settings say."""

import numpy as np
import pandas as pd
import pytest

from amlsec.audit.settings import settings
from amlsec.audit.subject import Given, prepared
from amlsec.errors import InvalidInput
from amlsec.space.column import Kind
from amlsec.space.group import Group


def frame(n=400):
    rng = np.random.default_rng(0)
    a, b = rng.poisson(5, (2, n))
    choice = np.eye(2, dtype=int)[rng.integers(0, 2, n)]
    risk = np.array(["low", "mid", "high"])[rng.integers(0, 3, n)]
    columns = {"in": a, "out": b, "all": a + b, "os_mac": choice[:, 0], "os_win": choice[:, 1], "risk": risk}
    return pd.DataFrame({**columns, "size": rng.normal(size=n), "y": np.arange(n) % 2})


def of(**said):
    return prepared(settings({"data": "frame", "target": "y", "malicious": ("1",), **said}), Given(frame=frame())).space


def test_groups_relations_and_benign_examples_are_found():
    space = of()
    assert [group.name for group in space.groups] == ["os"]
    assert [set(relation.weights) for relation in space.relations] == [{"in", "out", "all"}]
    assert 5 <= len(space.examples) <= 50


def test_settings_correct_them():
    space = of(
        groups={"os": {"columns": ["os_mac", "os_win"], "price": 4}},
        relations={"all": {"weights": {}}, "few": {"weights": {"in": 1, "out": 1}, "at_most": 30}},
        columns={"risk": {"order": ["low", "mid", "high"]}},
    )
    assert space.groups == (Group("os", ("os_mac", "os_win"), 4.0),)
    assert [relation.name for relation in space.relations] == ["few"]
    assert (space.columns[5].kind, space.columns[5].categories) == (Kind.ORDINAL, ("low", "mid", "high"))


def test_a_wrong_order_is_named_before_any_work():
    with pytest.raises(InvalidInput, match="order of column risk is"):
        of(columns={"risk": {"order": ["low", "high"]}})
