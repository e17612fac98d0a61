"""A home is made with its `gate.toml`, or nothing is left of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from amlsec.errors import InvalidInput
from amlsec.gate import config
from amlsec.toml import assignments, section
from amlsec.whole import sync_folder


@contextmanager
def new_home(folder: Path, settings: Mapping[str, Any]) -> Iterator[None]:
    """A new or empty folder with these settings; where what is done in it fails, it is as it was.

    A new one is for its owner only. Raises InvalidInput where a setting breaks a rule, the folder holds anything or
    cannot be made.
    """
    config.config(dict(settings))
    new = not folder.exists()
    file = _claimed(folder)
    try:
        with file:
            file.write(_toml(settings).encode())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
        yield
    except BaseException:
        _removed(folder, itself=new)
        raise


def _claimed(folder: Path) -> IO[bytes]:
    """The file of its settings, which only one of those who make a home there at once can begin."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise InvalidInput("home", str(folder), "must be a new or an empty folder")
        return os.fdopen(os.open(folder / config.FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise InvalidInput("home", str(folder), f"cannot be made: {error.strerror}") from error


def _toml(settings: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in settings.items() if not isinstance(value, Mapping)}
    parts = [section(name, told) for name, told in settings.items() if isinstance(told, Mapping)]
    return "\n\n".join(["\n".join(assignments(plain)), *parts]).strip() + "\n"


def _removed(folder: Path, *, itself: bool) -> None:
    for part in folder.iterdir():
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    if itself:
        folder.rmdir()
