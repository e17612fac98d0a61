"""Trusted rows come with the columns of the data, where each row came from and when included."""

import numpy as np
import pytest
from pyarrow import csv, table

from amlsec.audit.settings import settings
from amlsec.audit.subject import prepared
from amlsec.errors import InvalidInput


def rows(n, seed):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    named = {"links": rng.normal(3.0 * y), "age": rng.normal(size=n), "label": np.where(y, "spam", "ham").tolist()}
    days = (np.datetime64("2025-01-01") + np.arange(n)).astype(str)
    return table({**named, "feed": ["web"] * n, "day": days.tolist()})


@pytest.fixture
def asked(tmp_path):
    """An audit of 400 rows, whose trusted rows have these columns."""
    csv.write_csv(rows(400, 0), tmp_path / "data.csv")

    def told(*columns):
        csv.write_csv(rows(100, 1).select(columns), tmp_path / "trusted.csv")
        files = {"data": str(tmp_path / "data.csv"), "trusted": tmp_path / "trusted.csv"}
        return settings({**files, "target": "label", "source": "feed", "time": "day"})

    return told


@pytest.mark.parametrize("more", [(), ("feed",), ("feed", "day")])
def test_source_and_time_of_trusted_rows_are_no_features(asked, more):
    trusted = prepared(asked("links", "age", "label", *more)).parts["trusted"]
    expected = rows(100, 1)
    assert np.allclose(trusted.X, np.column_stack([expected["links"], expected["age"]]))
    assert trusted.y.tolist() == [0, 1] * 50


def test_a_feature_too_few_is_refused(asked):
    with pytest.raises(InvalidInput, match="must have the data's feature columns, links, age"):
        prepared(asked("links", "label", "feed"))
