"""Objects of verdicts, laid end to end, tell of every row."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from amlsec.gate import parquet_object
from amlsec.gate.judging.panel import MOST_ROWS
from amlsec.gate.store import Store
from amlsec.gate.verdicts import SCHEMA, unjudged


@pytest.mark.parametrize("rows", [1, MOST_ROWS, 2 * MOST_ROWS + 1])
def test_of_rows_that_were_not_judged_each_is_told_why(rows):
    store = Store("memory://verdicts")
    parts = [parquet_object.read(store.get(name)) for name in unjudged(store, rows, "no such luck")]
    told = pa.concat_tables(parts)
    assert max(map(len, parts)) <= MOST_ROWS
    assert (len(told), told.schema) == (rows, SCHEMA)
    assert told["reason"].unique().to_pylist() == ["no such luck"]
    assert pc.all(pc.is_nan(told["p"])).as_py()
