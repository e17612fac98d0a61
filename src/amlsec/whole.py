"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import rmtree
from time import time
from typing import IO


@contextmanager
def whole(path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """A file that gets its name when all of it is on the disk; until then, and after a crash, the name has what it had.

    `mode` is less what the process's umask takes, as of any file.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "notes")
    >>> with whole(path) as file:
    ...     file.write(b"all of it"), path.exists()
    (9, False)
    >>> path.read_bytes()
    b'all of it'
    """
    with open(_beside(path), "x+b", opener=partial(os.open, mode=mode)) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
            sync_folder(path.parent)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


@contextmanager
def whole_folder(path: Path, mode: int = 0o755) -> Iterator[Path]:
    """A new folder that gets its name when all is in it; the parents of `path` are made, what is in it is not synced.

    `mode` is less what the process's umask takes.

    Raises OSError where a folder of that name is there and holds anything.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _beside(path)
    unfinished.mkdir(mode)
    try:
        yield unfinished
        unfinished.rename(path)
        sync_folder(path.parent)
    finally:
        rmtree(unfinished, ignore_errors=True)


def _beside(path: Path) -> Path:
    """A new name in the same folder."""
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")


def remove_old(path: Path, seconds: float) -> bool:
    """Remove a file or folder that nothing happened to for so long; whether it was. Others may do so at once."""
    try:
        if path.stat().st_mtime >= time() - seconds:
            return False
        rmtree(path) if path.is_dir() else path.unlink()
    except FileNotFoundError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
