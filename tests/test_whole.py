"""A file is there whole or not at all, whatever happens while it is written."""

import os
import signal
import subprocess
import sys

import pytest

from amlsec.whole import sync_folder, whole

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
