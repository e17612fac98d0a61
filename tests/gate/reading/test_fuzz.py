"""Whatever bytes come, they are read or refused, in time."""

import datetime
import importlib.util
import io
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.gate.reading.children import Children
from amlsec.gate.reading.formats import Format
from amlsec.gate.reading.limits import MIB, Limits
from amlsec.gate.reading.read import read
from gate.reading.written import FORM, WRITERS, rows

NOON = datetime.datetime(2024, 2, 29, 12)
ROWS = rows(*[(f'=mail\n"{i}', i / 3, "http", "spam", NOON) for i in range(30)])
VALID = {name: write(ROWS) for name, write in WRITERS.items() if "gz" not in name}
LIMITS = Limits(rows=1000, memory=256 * MIB, seconds=20)
HEADS = [b"", b"mail,size,port,label,sent\r\n", b'{"mail":"a","size":1,"port":"","label":"spam","sent":1}\n']
MARKS = st.sampled_from([b'"', b",", b"\n", b'{"mail":', b"spam", b"1e9", b"[", b"}"])
PIECES = st.lists(st.binary(max_size=9) | MARKS, max_size=12)
HERE = Path(__file__).parent


@given(st.sampled_from(HEADS), PIECES, st.sampled_from([None, Format.CSV, Format.JSONL]))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(head, pieces, told):
    try:
        for chunk in read(io.BytesIO(head + b"".join(pieces)), FORM, LIMITS, told):
            chunk.validate(full=True)
    except (InvalidInput, UnsafeFile) as refusal:
        str(refusal)


@pytest.fixture(scope="module")
def children():
    with Children() as found:
        yield found


NEW = st.binary(max_size=8) | st.sampled_from([b"\xff" * 4, b"\0" * 8])
EDIT = st.tuples(st.integers(0, 1 << 16), st.integers(0, 9), NEW)


@given(st.sampled_from(sorted(VALID)), st.lists(EDIT, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_a_valid_file_with_some_bytes_changed_is_read_or_refused(children, tmp_path_factory, name, edits):
    data = bytearray(VALID[name])
    for place, gone, new in edits:
        at = place % (len(data) + 1)
        data[at : at + gone] = new
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "sent").write_bytes(data)
    start = time.monotonic()
    try:
        assert children.parsed(folder / "sent", FORM, LIMITS, None, folder).rows <= 1000
    except (InvalidInput, UnsafeFile):
        assert [path.name for path in folder.iterdir()] == ["sent"]
    assert time.monotonic() - start < LIMITS.seconds + 20


def test_a_search_for_bytes_that_crash_a_reader_finds_none(tmp_path):
    """A few thousand inputs, grown by what code they reach; many more were tried by hand, with the same script."""
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed: it has no wheel for this machine or Python")
    for i, data in enumerate(VALID.values()):
        (tmp_path / str(i)).write_bytes(b"\0" + data[:2000])
    command = [sys.executable, HERE / "fuzz_readers.py", tmp_path, "-runs=3000", "-seed=1", "-max_len=4096", "-timeout=20"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=tmp_path)
    assert run.returncode == 0, run.stderr[-3000:]
    (done,) = re.findall(r"Done (\d+) runs", run.stderr)
    assert int(done) >= 3000  # it counts after each chain of mutations
