"""Categories coded by rank."""

import numpy as np
import pyarrow as pa
import pytest

from amlsec.errors import InvalidInput
from amlsec.space.column import Kind
from amlsec.space.settings import as_toml, corrected
from amlsec.space.tabular import infer
from amlsec.tables.load import Columns, load
from amlsec.tables.order import ordered

TABLE = load(pa.table({"risk": ["mid", "low", "high", "low"], "n": [1, 2, 3, 4], "y": [0, 1, 0, 1]}), Columns("y"))
RANKS = ("low", "mid", "high")


def test_codes_are_ranks_and_other_columns_stay():
    other = ordered(TABLE, {"risk": RANKS})
    assert other.batch.X.tolist() == [[1, 1], [0, 2], [2, 3], [0, 4]]
    assert other.categories == (RANKS, ())
    assert TABLE.batch.X[:, 0].tolist() == [2, 1, 0, 1]
    assert ordered(TABLE, {}) is TABLE


def test_a_space_with_that_order_prices_ranks():
    other = ordered(TABLE, {"risk": RANKS})
    space = corrected(infer(other.batch.X, other.names, other.categories), {"columns": {"risk": {"order": list(RANKS)}}})
    assert space.columns[0].kind == Kind.ORDINAL
    assert space.cost(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]])) == [2.0]
    assert 'order = ["low", "mid", "high"]' in as_toml(space)


@pytest.mark.parametrize("orders", [{"risk": ["low", "mid"]}, {"risk": [*RANKS, "top"]}, {"n": ["1"]}, {"size": ["s", "m"]}])
def test_an_order_of_other_categories_is_refused(orders):
    with pytest.raises(InvalidInput, match="order of column .* must name each of its categories once"):
        ordered(TABLE, orders)


def test_a_space_whose_codes_have_another_order_is_refused():
    with pytest.raises(InvalidInput, match="order of column risk .* must be the order of its codes"):
        corrected(infer(TABLE.batch.X, TABLE.names, TABLE.categories), {"columns": {"risk": {"order": list(RANKS)}}})
