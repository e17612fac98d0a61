"""A hostile file ends its reader at the worst; the gate goes on."""

import gc
import gzip
import json
import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pyarrow as pa
import pytest
from pyarrow import ipc

from amlsec.errors import AmlsecError, GateUnavailable, InvalidInput, UnsafeFile
from amlsec.gate.form import Form, Holds
from amlsec.gate.reading.children import Children, answered, parsed_in_child
from amlsec.gate.reading.chunks import from_bytes
from amlsec.gate.reading.content import digest
from amlsec.gate.reading.limits import MIB, Limits
from amlsec.gate.reading.messages import ANSWER_FILE, Job, Parsed
from amlsec.gate.reading.read import read
from amlsec.tables.load import Columns
from gate.reading.processes import SHARED, forks, readers, soon
from gate.reading.written import TEXTS, WRITERS, as_csv

MAILS = pa.table({"mail": [f"mail {i}" for i in range(25)], "label": ["spam", "ham"] * 12 + ["spam"], "extra": range(25)})
SMALL = Limits(chunk_rows=10)


@pytest.fixture(scope="module", autouse=True)
def _lent():
    SHARED.update(process.pid for process in readers())


@pytest.fixture(scope="module")
def children(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    (folder / "good.csv").write_bytes(as_csv(MAILS))
    with Children() as found:
        found.parsed(folder / "good.csv", TEXTS, Limits(), None, folder)
        SHARED.update(process.pid for process in readers())
        yield found


@pytest.fixture(scope="module")
def long_file(tmp_path_factory):
    """One that takes seconds to read."""
    path = tmp_path_factory.mktemp("long") / "long.csv.gz"
    path.write_bytes(gzip.compress(b"mail,label\n" + b"a,spam\n" * 3_000_000, 1))
    return path


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def refused(children, path, out, limits, rule):
    with pytest.raises(InvalidInput, match=rule):
        children.parsed(path, TEXTS, limits, None, out)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("name", WRITERS)
def test_a_child_reads_what_this_process_reads(children, tmp_path, out, name):
    path = tmp_path / "rows"
    path.write_bytes(WRITERS[name](MAILS))
    found = children.parsed(path, TEXTS, SMALL, None, out)
    here = list(read(path, TEXTS, SMALL))
    assert [from_bytes(file.read_bytes()) for file in found.files] == here
    assert (found.rows, found.digest, len(found.files)) == (25, digest(here), 3)
    assert found.notes == ("columns left out, as the gate does not know them: 'extra'",)
    assert {file.parent for file in found.files} == set(out.iterdir())


@pytest.mark.parametrize("data", [b"mail,label\na,eggs\n", b'{"mail": [1], "label": "spam"}', b"PAR1", b"\x80\x04.", b"a\0"])
def test_errors_are_those_of_this_process(children, tmp_path, out, data):
    path = tmp_path / "sent"
    path.write_bytes(data)
    with pytest.raises((InvalidInput, UnsafeFile)) as here:
        list(read(path, TEXTS, SMALL))
    with pytest.raises(type(here.value)) as there:
        children.parsed(path, TEXTS, SMALL, None, out)
    assert str(there.value) == str(here.value)
    assert list(out.iterdir()) == []


def test_an_error_calls_the_file_what_its_sender_called_it(children, tmp_path, out):
    (tmp_path / "spool").write_bytes(b"mail\na\n")
    with pytest.raises(InvalidInput, match="data is 'mails of May.csv': has no column 'label'"):
        children.parsed(tmp_path / "spool", TEXTS, SMALL, None, out, name="mails of May.csv")


def test_too_much_memory(children, tmp_path, out):
    """One batch of Arrow must be decompressed whole."""
    path, told = tmp_path / "big.arrow", pa.table({"mail": ["x" * 1000] * 120_000, "label": ["spam"] * 120_000})
    with ipc.new_file(path, told.schema, options=ipc.IpcWriteOptions(compression="zstd")) as file:
        file.write_table(told)
    limits = Limits(memory=64 * MIB, expansion=10**6)
    refused(children, path, out, limits, "needs more memory than the 64 MiB it may take")
    assert children.parsed(path, TEXTS, Limits(expansion=10**6), None, out).rows == 120_000


def test_many_columns_of_csv_need_no_memory_of_their_own(children, tmp_path, out):
    """Arrow would reserve a block for each."""
    names = tuple(f"column {i}" for i in range(400))
    (tmp_path / "wide.csv").write_bytes(as_csv(pa.table({name: range(700) for name in names} | {"label": ["spam"] * 700})))
    form = Form(Columns("label"), names, (Holds.NUMBER,) * 400, TEXTS.labels)
    assert children.parsed(tmp_path / "wide.csv", form, Limits(memory=256 * MIB), None, out).rows == 700


def test_too_much_time(children, long_file, out):
    refused(children, long_file, out, Limits(seconds=0.05), "takes longer to read than the 0.05 seconds")


def test_too_many_bytes_are_not_even_given_to_a_child(children, long_file, out):
    refused(children, long_file, out, Limits(request_bytes=10), "has more than 10 bytes")


@pytest.mark.parametrize(
    ("code", "error", "rule"),
    [
        (signal.SIGSEGV, InvalidInput, "crashed the process that read it .SIGSEGV"),
        (signal.SIGBUS, InvalidInput, "SIGBUS"),
        (signal.SIGKILL, InvalidInput, "needs more memory"),
    ],
)
def test_a_crash_is_the_fault_of_the_file(children, long_file, tmp_path, out, code, error, rule):
    (tmp_path / "good.csv").write_bytes(as_csv(MAILS))
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(children.parsed, long_file, TEXTS, Limits(), None, out)
        soon(forks)[0].send_signal(code)
        with pytest.raises(error, match=rule):
            reading.result(60)
    assert list(out.iterdir()) == []
    assert children.parsed(tmp_path / "good.csv", TEXTS, Limits(), None, out).rows == 25


def test_a_dead_child_is_replaced(long_file, tmp_path, out):
    (tmp_path / "good.csv").write_bytes(as_csv(MAILS))
    with Children() as own, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(own.parsed, long_file, TEXTS, Limits(), None, out)
        fork = soon(forks)[0]
        fork.parent().kill()
        with pytest.raises(GateUnavailable, match="does not answer"):
            reading.result(60)
        soon(lambda: not fork.is_running() or fork.status() == psutil.STATUS_ZOMBIE)
        assert list(out.iterdir()) == []
        assert own.parsed(tmp_path / "good.csv", TEXTS, Limits(), None, out).rows == 25
        readers()[0].kill()
        with pytest.raises(GateUnavailable):
            own.parsed(tmp_path / "good.csv", TEXTS, Limits(), None, out)
        assert own.parsed(tmp_path / "good.csv", TEXTS, Limits(), None, out).rows == 25
    assert readers() == []


def test_a_full_disk_is_no_fault_of_the_file(tmp_path, out):
    """Of a disk that is full and a file that may not grow, a writer sees the same: an OSError."""
    (tmp_path / "good.csv").write_bytes(as_csv(MAILS))
    with Children() as own:
        own.parsed(tmp_path / "good.csv", TEXTS, Limits(), None, out)
        resource.prlimit(readers()[0].pid, resource.RLIMIT_FSIZE, (500, 500))
        with pytest.raises(GateUnavailable, match="no room"):
            own.parsed(tmp_path / "good.csv", TEXTS, Limits(), None, out)
        assert len(list(out.iterdir())) == 1


def test_a_child_knows_no_secret_and_is_out_of_reach_of_the_terminal(monkeypatch, tmp_path, out):
    monkeypatch.setenv("AMLSEC_GATE_DATABASE", "postgresql://user:password@host/gate")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    (tmp_path / "good.csv").write_bytes(as_csv(MAILS))
    with Children() as own:
        own.parsed(tmp_path / "good.csv", TEXTS, Limits(), None, out)
        (child,) = readers()
        assert not [name for name in child.environ() if "AWS" in name or "AMLSEC" in name]
        assert os.getsid(child.pid) == child.pid != os.getsid(0)
        assert child.num_threads() == 1


def test_children_work_side_by_side_for_many_threads(tmp_path, out):
    paths = [tmp_path / f"{i}.csv" for i in range(8)]
    for i, path in enumerate(paths):
        path.write_bytes(as_csv(MAILS.slice(0, i + 1)) if i % 4 else b"broken")

    def rows_of(path):
        try:
            return own.parsed(path, TEXTS, Limits(), None, out).rows
        except AmlsecError:
            return None

    with Children(2) as own, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(rows_of, paths)) == [None, 2, 3, 4, None, 6, 7, 8]
        assert len(readers()) == 2
    assert readers() == []


LEFT_BEHIND = """
import json, os, sys
from pathlib import Path
import psutil
from amlsec.gate.form import Form
from amlsec.gate.reading.children import Children
from amlsec.gate.reading.limits import Limits
path, form, out = sys.argv[1:]
children = Children()
children.parsed(Path(path), Form.from_json(json.loads(form)), Limits(), None, Path(out))
print(psutil.Process().children()[0].pid, flush=True)
os._exit(9)
"""


def test_a_child_ends_with_its_gate(tmp_path, out):
    (tmp_path / "good.csv").write_bytes(as_csv(MAILS))
    words = [str(tmp_path / "good.csv"), json.dumps(TEXTS.as_json()), str(out)]
    run = subprocess.run([sys.executable, "-c", LEFT_BEHIND, *words], capture_output=True, text=True, check=False)
    assert run.returncode == 9, run.stderr
    pid = int(run.stdout)
    soon(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_child_that_nobody_holds_ends(tmp_path, out):
    (tmp_path / "good.csv").write_bytes(as_csv(MAILS))
    own = Children()
    own.parsed(tmp_path / "good.csv", TEXTS, Limits(), None, out)
    assert len(readers()) == 1
    del own
    gc.collect()
    assert readers() == []


def test_an_answer_that_names_other_files_is_none(tmp_path):
    """As a child might give that a file has taken over."""
    folder = tmp_path / "chunks"
    folder.mkdir()
    (tmp_path / "secret").write_text("of others")
    (folder / "link").symlink_to(tmp_path / "secret")
    job = Job(path=tmp_path, name="sent", form={}, limits=Limits(), format=None, folder=folder)
    for named in (tmp_path / "secret", folder / "link", folder / ".." / "secret", folder / "none"):
        (folder / ANSWER_FILE).write_text(Parsed(files=(named,), rows=1, digest="", notes=()).model_dump_json())
        with pytest.raises(InvalidInput, match="files that are not its own"):
            answered(0, job)
    for text in ("", "[]", '{"files": 1}'):
        (folder / ANSWER_FILE).write_text(text)
        with pytest.raises(InvalidInput, match="gave no answer"):
            answered(0, job)


def test_one_file_in_a_process_of_its_own(tmp_path, out):
    (tmp_path / "good.csv").write_bytes(as_csv(MAILS))
    assert parsed_in_child(tmp_path / "good.csv", TEXTS, Limits(), None, out).rows == 25
    assert readers() == []
