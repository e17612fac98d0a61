"""Parquet objects are read by the thread that asks: one that outlives Python aborts the process (1 command in 125 did)."""

import subprocess
import sys
from io import BytesIO

import pyarrow as pa
import pytest
from pyarrow import parquet

from amlsec.gate.parquet_object import read

TABLE = pa.table({"p": [0.5, None], "reason": ["a", "a"]})
THREADS = """
import io, os
import pyarrow as pa
from pyarrow import parquet
from amlsec.gate.parquet_object import read
file = io.BytesIO()
parquet.write_table(pa.table({"p": [0.5] * 1000, "reason": ["a"] * 1000}), file)
before = len(os.listdir("/proc/self/task"))
for _ in range(3):
    assert len(read(file.getvalue())) == len(read(io.BytesIO(file.getvalue()), ["p"])) == 1000
assert len(os.listdir("/proc/self/task")) == before
"""


@pytest.fixture
def data():
    file = BytesIO()
    parquet.write_table(TABLE, file)
    return file.getvalue()


def test_it_gives_back_what_was_written(data):
    assert read(data).equals(TABLE)
    assert read(BytesIO(data), ["reason"]).equals(TABLE.select(["reason"]))
    assert pa.types.is_dictionary(read(data, dictionary=["reason"])["reason"].type)


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_it_begins_no_thread():
    run = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
