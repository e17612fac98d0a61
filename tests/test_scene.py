"""What contamination keeps, and what it changes."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amlsec.data import Batch
from amlsec.scene import Poison, Scene, additions, contaminate, edits, nothing, places
from amlsec.space.tabular import Column, Kind, TabularSpace
from amlsec.threat import Knowledge


@st.composite
def attacks(draw) -> tuple[Batch, Any, Poison]:
    """A training set whose row i holds i, the attacker's rows in it, and his poison, which holds numbers from 100 on."""
    n = draw(st.integers(1, 12))
    time = np.arange(n).astype("datetime64[D]")
    source = np.array([f"s{i}" for i in range(n)], dtype=object)
    dated = draw(st.booleans())
    train = Batch(np.arange(float(n))[:, None], np.zeros(n, dtype=np.int64), *((source, time) if dated else ()))
    own = np.array(draw(st.lists(st.integers(0, n - 1), unique=True)), dtype=np.intp)
    edited = np.array(draw(st.lists(st.integers(0, len(own) - 1), unique=True)) if len(own) else [], dtype=np.intp)
    count = draw(st.integers(0, 5))
    return train, own, Poison(fresh(100, count), edited, fresh(200, len(edited)))


def fresh(start: int, count: int) -> Batch:
    return Batch(start + np.arange(float(count))[:, None], np.ones(count, dtype=np.int64))


@given(attacks())
def test_rows_of_others_stay_and_poison_is_all_in(attack) -> None:
    train, own, poison = attack
    after = contaminate(train, own, poison)
    values = after.X[:, 0]
    others = np.setdiff1d(np.arange(len(train)), own)
    assert set(others) <= set(values[after.y == 0].astype(int))
    assert sorted(values[values >= 100]) == sorted(np.concatenate([poison.added.X[:, 0], poison.edits.X[:, 0]]))


@given(attacks())
def test_edited_rows_are_gone_and_the_size_grows_only_when_his_rows_run_out(attack) -> None:
    train, own, poison = attack
    after = contaminate(train, own, poison)
    assert not set(own[poison.edited]) & set(after.X[after.y == 0, 0].astype(int))
    spare = len(own) - len(poison.edited)
    assert len(after) == len(train) + max(0, len(poison.added) - spare)


@given(attacks())
def test_poison_comes_under_his_own_sources_and_times(attack) -> None:
    train, own, poison = attack
    after = contaminate(train, own, poison)
    if train.source is not None and len(own):
        assert set(after.source[after.y == 1]) <= set(train.source[own])
        assert set(after.time[after.y == 1]) <= set(train.time[own])
    assert (after.source is None) == (train.source is None)


@given(attacks())
def test_rows_of_others_stay_where_they_are_and_poison_stands_at_its_places(attack) -> None:
    """A screen that judges by position learns nothing, and a row he edits keeps its source and time."""
    train, own, poison = attack
    after, at = contaminate(train, own, poison), places(len(train), own, poison)
    assert set(at[at < len(train)]) <= set(own)
    assert after.X[at, 0].tolist() == [*poison.edits.X[:, 0], *poison.added.X[:, 0]]
    others = np.delete(np.arange(len(train)), at[at < len(train)])
    assert after.X[others].tolist() == train.X[others].tolist()
    if train.source is not None:
        assert after.source[: len(train)].tolist() == train.source.tolist()
        assert (after.time[: len(train)] == train.time).all()


def test_no_poison_changes_no_row() -> None:
    train = Batch(np.arange(5.0)[:, None], np.array([0, 1, 0, 1, 0]))
    after = contaminate(train, np.array([1, 2]), nothing(train))
    assert after.X.tolist() == train.X.tolist()
    assert after.y.tolist() == train.y.tolist()


def test_additions_and_edits_hold_what_they_are_given() -> None:
    assert len(nothing(fresh(0, 3))) == 0
    assert len(additions(fresh(0, 3))) == 3
    poison = edits(np.array([1]), fresh(7, 1))
    assert (len(poison), len(poison.added), poison.edits.X.tolist()) == (1, 0, [[7.0]])


def test_knowledge_grows_step_by_step() -> None:
    rows = fresh(0, 2)
    scene = Scene(rows, 4, TabularSpace([Column("x", Kind.NUMERIC, 0, 9)]), rows, "learner", rows)
    seen = [
        sum(part is not None for part in (limited.known, limited.learner)) for limited in map(scene.limited_to, Knowledge)
    ]
    assert seen == [0, 0, 1, 2]
    assert scene.limited_to(Knowledge.NONE).target is rows
