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


def test_columns_that_are_no_features_of_the_data_count_in_no_table(asked, tmp_path):
    """A name for each row has too many values in the data, and few enough in a hundred rows; the order may differ too."""
    for name, many in (("data", 400), ("trusted", 100)):
        named = rows(many, int(name == "trusted")).append_column("id", [[f"row {i}" for i in range(many)]])
        csv.write_csv(
            named.select(["id", "age", "links", "label"][:: 1 if name == "data" else -1]), tmp_path / f"{name}.csv"
        )
    told = {"data": str(tmp_path / "data.csv"), "trusted": tmp_path / "trusted.csv", "target": "label"}
    trusted = prepared(settings(told)).parts["trusted"]
    assert np.allclose(trusted.X, np.column_stack([rows(100, 1)["age"], rows(100, 1)["links"]]))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("links,age,label\n1,,ham\n2,3,spam\n", "trusted column age is nan: 1 of 2 rows"),
        ("links,age,label\n", "trusted data is .*: the table has no rows"),
        ("links,age\n1,2\n", "trusted target is 'label': no such column"),
    ],
)
def test_what_is_wrong_with_trusted_rows_is_said_of_them(asked, tmp_path, written, said):
    told = asked("links", "age", "label")
    (tmp_path / "trusted.csv").write_text(written)
    with pytest.raises(InvalidInput, match=said):
        prepared(told)


def test_a_feature_too_few_is_refused(asked):
    with pytest.raises(InvalidInput, match="must have the data's feature columns, links, age"):
        prepared(asked("links", "label", "feed"))
