"""A file is there whole or not at all, whatever happens while it is written."""

import os
import signal
import subprocess
import sys

import pytest

from amlsec.whole import sync_folder, whole, whole_folder

KILLED = """
import os, signal, sys
from pathlib import Path
from amlsec.whole import whole
with whole(Path(sys.argv[1])) as file:
    file.write(b"new " * 1_000_000)
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_name_appears_with_all_of_it_and_with_its_mode(tmp_path):
    with whole(tmp_path / "key", 0o600) as file:
        file.write(b"secret")
        assert not (tmp_path / "key").exists()
    assert (tmp_path / "key").read_bytes() == b"secret"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_who_may_look_is_for_the_umask_to_say_too(tmp_path):
    """What somebody keeps to himself is not for all to read because it was written whole."""
    before = os.umask(0o077)
    try:
        with whole(tmp_path / "rows.csv") as file:
            file.write(b"private")
        with whole_folder(tmp_path / "all"):
            pass
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "rows.csv", tmp_path / "all")] == [0o600, 0o700]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(TypeError), whole(tmp_path / "a") as file:
        file.writelines([b"new", "text"])
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"old")]


def test_killed_while_writing_the_old_file_stands(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a")], check=False)
    assert run.returncode == -signal.SIGKILL
    assert (tmp_path / "a").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2


def test_file_and_name_are_on_the_disk_before_it_returns(tmp_path, monkeypatch):
    """What a power cut may take is what was not synced: first the bytes, then the name, then the folder."""
    did = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (did.append(os.readlink(f"/proc/self/fd/{handle}")), sync(handle)))
    monkeypatch.setattr(os, "replace", lambda old, new: (did.append("renamed"), replace(old, new)))
    with whole(tmp_path / "a") as file:
        file.write(b"1")
    assert did[0].startswith(f"{tmp_path}/.a.")
    assert did[1:] == ["renamed", str(tmp_path)]


def test_a_folder_that_is_away_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "away")


def test_a_folder_appears_with_all_that_is_in_it(tmp_path):
    with whole_folder(tmp_path / "new" / "all", 0o700) as unfinished:
        (unfinished / "a").write_bytes(b"1")
        assert not (tmp_path / "new" / "all").exists()
    assert (tmp_path / "new" / "all" / "a").read_bytes() == b"1"
    assert (tmp_path / "new" / "all").stat().st_mode & 0o777 == 0o700


def test_of_a_folder_that_fails_nothing_is_left(tmp_path):
    with pytest.raises(TypeError), whole_folder(tmp_path / "all") as unfinished:
        (unfinished / "a").write_bytes("text")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_not_replaced(tmp_path):
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "mine").write_bytes(b"1")
    with pytest.raises(OSError, match="not empty"), whole_folder(tmp_path / "all"):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["all", "mine"]
