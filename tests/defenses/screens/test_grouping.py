from typing import Any

import numpy as np
import pytest

from amlsec.data import Batch, texts
from amlsec.defenses.screens.grouping import by_day, by_source, each_row, grouping, near_duplicates
from amlsec.errors import InvalidInput
from mails_and_blobs import blobs


def test_groups_by_source_and_day() -> None:
    time = np.array(["2026-01-01T01", "2026-01-02T01", "2026-01-01T23"], dtype="datetime64[h]")
    batch = Batch(np.eye(3), np.array([0, 1, 0]), np.array(["b", "a", "b"], dtype=object), time)
    assert by_source(batch).tolist() == [1, 0, 1]
    assert by_day(batch).tolist() == [0, 1, 0]
    assert each_row(batch).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("group", "column"), [(by_source, "source"), (by_day, "time")])
def test_a_missing_column_is_refused(group: Any, column: str) -> None:
    with pytest.raises(InvalidInput, match=column):
        group(blobs(4, 0))


def test_near_duplicates_of_texts_are_found_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"w{k}" for k in range(3000)])
    mails = [list(rng.choice(words, 60, replace=False)) for _ in range(30)]
    nearly = [[*mail[:58], "other", "ending"] for mail in mails]
    group = near_duplicates(Batch(texts([" ".join(mail) for mail in mails + nearly]), np.zeros(60, dtype=int)))
    assert (group[:30] == group[30:]).all()
    assert len(np.unique(group)) == 30


def test_near_duplicates_of_table_rows_are_equal_up_to_a_tenth_of_a_deviation() -> None:
    X = np.round(np.random.default_rng(0).normal(size=(40, 6)), 3)
    group = near_duplicates(Batch(np.concatenate([X, X + 1e-9]), np.zeros(80, dtype=int)))
    assert (group[:40] == group[40:]).all()
    assert len(np.unique(group)) == 40


def test_rows_of_a_table_that_is_0_nearly_everywhere_are_not_alike_for_that() -> None:
    rng = np.random.default_rng(0)
    X = (rng.random((200, 150)) < 0.1).astype(float)
    X[100:] = X[:100]
    group = near_duplicates(Batch(X, np.zeros(200, dtype=int)))
    assert (group[:100] == group[100:]).all()
    assert len(np.unique(group)) == 100


def test_rows_without_an_unusual_cell_are_near_duplicates() -> None:
    X = np.zeros((9, 3))
    X[8] = [1.0, 2.0, 3.0]
    assert near_duplicates(Batch(X, np.zeros(9, dtype=int))).tolist() == [0] * 8 + [1]


def test_near_duplicates_of_nothing_and_of_empty_texts() -> None:
    assert near_duplicates(Batch(texts([]), np.zeros(0, dtype=int))).tolist() == []
    assert near_duplicates(Batch(texts(["", ""]), np.zeros(2, dtype=int))).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("name", "function"), [("row", each_row), ("source", by_source), ("day", by_day), ("near-duplicates", near_duplicates)]
)
def test_groups_go_by_their_names(name, function) -> None:
    assert grouping(name) is function
    assert grouping(function) is function


def test_a_group_nobody_knows_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="group is 'colour': must be one of row, source, day, near-duplicates"):
        grouping("colour")
