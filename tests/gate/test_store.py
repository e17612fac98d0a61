"""Objects are there whole, under their own hash, or not at all: in a folder, in memory, on S3."""

import hashlib
import os
import pickle
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amlsec.errors import GateUnavailable, InvalidInput, Tampered
from amlsec.gate import store as stores
from amlsec.gate.store import Store

NOBODY = "0" * 64
WRITER = """
import sys
from amlsec.gate.store import Store
store, number = Store(sys.argv[1]), int(sys.argv[2])
while True:
    number += 1
    print(store.put(number.to_bytes(8, "big") * 100_000), flush=True)
"""


@pytest.fixture(params=["folder", "memory", pytest.param("s3", id="s3"), "s3 below"])
def store(request, tmp_path) -> Store:
    if request.param == "folder":
        return Store(str(tmp_path / "objects"))
    if request.param == "memory":
        return Store(f"memory://{tmp_path.name}")
    url, options = request.getfixturevalue("s3")
    return Store(url if request.param == "s3" else f"{url}/of/gate", options)


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _spoil(store: Store, name: str, data: bytes) -> None:
    files, root = fsspec.url_to_fs(store.url, **store._files.storage_options)
    files.pipe_file(f"{root}/{name[:2]}/{name}", data)


def test_what_is_put_is_there_under_its_hash(store, tmp_path):
    parts = [b"", b"rows", os.urandom(3_000_000)]
    assert list(store.names()) == []
    assert [store.put(part) for part in parts] == [_name(part) for part in parts]
    assert [store.put(part) for part in parts] == [_name(part) for part in parts]
    (tmp_path / "large").write_bytes(parts[2] * 3)
    large = store.put_file(tmp_path / "large")
    assert large == _name(parts[2] * 3)
    assert [store.get(_name(part)) for part in parts] == parts
    with store.open(large) as file:
        assert file.read() == parts[2] * 3
    assert list(store.names()) == sorted([large, *map(_name, parts)])
    assert store.has(large)
    assert not store.has(NOBODY)


def test_only_what_is_asked_for_is_deleted(store):
    kept, gone = store.put(b"kept"), store.put(b"gone")
    store.delete(gone)
    store.delete(gone)
    assert list(store.names()) == [kept]
    assert not store.has(gone)


def test_a_changed_or_lost_object_is_never_given(store):
    changed, lost, there = store.put(b"changed"), store.put(b"lost"), store.put(b"there")
    _spoil(store, changed, b"chanced")
    store.delete(lost)
    for read in (store.get, lambda name: store.open(name).__enter__()):
        with pytest.raises(Tampered, match=f"{changed} in .* is not what was written"):
            read(changed)
        with pytest.raises(Tampered, match=f"{lost} is missing"):
            read(lost)
    assert store.get(there) == b"there"
    assert store.put(b"changed") == changed
    assert store.get(changed) == b"changed"


def test_a_file_that_changes_later_changes_no_object(store, tmp_path, monkeypatch):
    """What was read is what is kept, under its own name."""
    file = tmp_path / "file"
    file.write_bytes(b"first")
    copied = stores._copied

    def then_changed(opened, copy):
        found = copied(opened, copy)
        file.write_bytes(b"other")
        return found

    monkeypatch.setattr(stores, "_copied", then_changed)
    assert store.put_file(file) == _name(b"first")
    assert store.get(_name(b"first")) == b"first"


@given(
    name=st.text(max_size=70) | st.sampled_from(["../" * 20 + "etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "٣" * 64])
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_other_name_reaches_the_disk(name):
    store = Store("memory://names")
    for use in (store.get, store.has, store.delete, lambda name: store.open(name).__enter__()):
        with pytest.raises(InvalidInput, match="64 digits"):
            use(name)


def test_other_files_in_the_folder_are_no_objects(tmp_path):
    store = Store(str(tmp_path))
    name = store.put(b"rows")
    for other in ("lost+found", f"{name[:2]}/.{name}.xyz", f"{name[:2]}/notes"):
        path = tmp_path / other
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    assert list(store.names()) == [name]


def test_threads_put_the_same_and_different_objects(store):
    data = [bytes([number]) * 1000 for number in range(8)] * 3
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(store.put, data)) == [_name(part) for part in data]
        assert list(pool.map(store.get, map(_name, data))) == data


def test_a_worker_of_ours_gets_the_same_store(store):
    name = store.put(b"rows")
    assert pickle.loads(pickle.dumps(store)).get(name) == b"rows"


def test_killed_at_any_moment_what_was_told_is_there_and_nothing_is_wrong(tmp_path):
    store, told, draws = Store(str(tmp_path)), [], random.Random(0)
    for writer in range(6):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(writer * 10**6)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            told += [process.stdout.readline() for _ in range(draws.randrange(1, 20))]
            process.send_signal(signal.SIGKILL)
            told += [line for line in process.stdout if line.endswith(b"\n")]
    there = list(store.names())
    assert {line.decode().strip() for line in told} <= set(there)
    assert [_name(store.get(name)) for name in there] == there


def test_what_killed_writers_left_is_swept_once_it_is_old(tmp_path):
    store = Store(str(tmp_path))
    name = store.put(b"rows")
    new, old = (tmp_path / name[:2] / f".{name}.{age}" for age in ("new", "old"))
    for path in (new, old):
        path.write_bytes(b"ro")
    os.utime(old, (0, 0))
    assert [store.sweep(), old.exists(), new.exists()] == [1, False, True]
    assert store.get(name) == b"rows"
    assert Store("memory://sweep").sweep() == 0


def test_two_who_sweep_at_once_do_not_meet(tmp_path, monkeypatch):
    """What one has listed, another may have removed, and a writer renamed."""
    store = Store(str(tmp_path))
    monkeypatch.setattr(stores.Path, "glob", lambda *_: [tmp_path / "gone", tmp_path / "00" / ".gone"])
    assert store.sweep(0) == 0


def test_two_colons_in_a_path_are_no_chain_of_file_systems(tmp_path, monkeypatch):
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    store = Store(str(tmp_path / "a::b"))
    assert store.get(store.put(b"rows")) == b"rows"
    assert list((tmp_path / "cwd").iterdir()) == []
    assert list(store.names()) == list(Store(str(tmp_path / "a::b")).names()) == [_name(b"rows")]


@pytest.mark.system
def test_a_full_disk_takes_nothing_and_loses_nothing(full_disk, tmp_path_factory):
    larger = tmp_path_factory.mktemp("elsewhere") / "larger"
    larger.write_bytes(bytes(300_000))
    store = Store(str(full_disk / "objects"))
    kept = []
    with pytest.raises(GateUnavailable, match=f"store {full_disk}/objects: No space left on device"):
        kept.extend(store.put(bytes([number]) * 30_000) for number in range(20))
    assert 2 < len(kept) < 9
    assert list(store.names()) == sorted(kept)
    with pytest.raises(GateUnavailable, match="No space"):
        store.put_file(larger)
    assert not list(full_disk.rglob("*/.*"))
    store.delete(kept.pop())
    assert store.put(b"fits again") in store.names()
    assert [_name(store.get(name)) for name in kept] == kept


def test_a_folder_that_is_away_is_told_apart_from_a_lost_object(tmp_path):
    store = Store((tmp_path / "away").as_uri())
    with pytest.raises(GateUnavailable, match="No such file"):
        store.get(NOBODY)


def test_a_bucket_that_is_away_is_told_apart_from_a_lost_object(s3):
    store = Store("s3://nowhere", s3.options)
    for use in (lambda: store.put(b"rows"), lambda: store.get(NOBODY)):
        with pytest.raises(GateUnavailable, match="store s3://nowhere"):
            use()


def test_a_service_that_is_away_says_so_and_no_secret(s3):
    options = {**s3.options, "endpoint_url": "http://127.0.0.1:9", "secret": "hush"}
    store = Store("s3://bucket", options)
    with pytest.raises(GateUnavailable) as told:
        store.put(b"rows")
    assert "s3://bucket" in str(told.value)
    assert "hush" not in str(told.value) + repr(store)


def test_a_wrong_place_is_bad_input_without_its_password():
    for url, rule in (("what://user:hush@there", "fsspec knows"), ("gs://bucket", "pip install")):
        with pytest.raises(InvalidInput, match=rule) as told:
            Store(url)
        assert "hush" not in str(told.value)
    assert Store("memory://user:hush@there").shown == "memory://there"
