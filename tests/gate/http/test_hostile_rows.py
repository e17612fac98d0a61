"""Rows to trust or to protect may come from anywhere: a file that crashes its reader is refused, and the server goes on."""

import gzip
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pyarrow as pa
import pytest
from pyarrow import ipc

from amlsec.gate.reading.limits import MIB
from gate.begun import begun, blobs
from gate.http.calling import client_of, people, served
from gate.http.test_submissions import arrow, csv
from gate.reading.processes import forks, soon

LONG = gzip.compress(b"a,b,label\n" + b"1,2,bad\n" * 3_000_000, 1)
"""It takes seconds to read."""


@pytest.fixture(scope="module")
def place(tmp_path_factory, quick_passwords):
    """A gate whose files may take little memory."""
    gate = begun(tmp_path_factory.mktemp("hostile") / "gate", limits={"memory": 64 * MIB, "expansion": 10**6})
    people(gate)
    with client_of(gate) as client:
        yield served(gate, client)
    gate.close()


@pytest.fixture(params=["root", "protected"])
def put(place, request):
    """Hand rows in to be trusted, or to be protected."""
    return lambda body, media: place.call(
        "PUT", f"/api/v1/{request.param}?reason=so", headers={"Content-Type": media}, content=body
    )


def refused(answer, rule):
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(f"data is 'the file': {rule}")


def test_a_bomb_is_refused(place, put):
    n, head = 120_000, place.head()
    rows = pa.table({"a": ["1" * 1000] * n, "b": [1.0] * n, "label": ["bad"] * n})
    packed = partial(ipc.new_file, options=ipc.IpcWriteOptions(compression="zstd"))
    refused(put(arrow(rows, packed), "application/vnd.apache.arrow.file"), "needs more memory than the 64 MiB it may take")
    assert place.head() == head
    assert put(csv(blobs(200, seed=1000)), "text/csv").status_code == 200


def test_a_file_that_crashes_its_reader_is_refused(place, put):
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(put, LONG, "text/csv")
        soon(forks)[0].send_signal(signal.SIGSEGV)
        refused(asked.result(60), "crashed the process that read it (SIGSEGV)")
    assert place.call("GET", "/api/v1/root").status_code == 200
    assert list((place.gate.home.folder / "incoming").iterdir()) == []
