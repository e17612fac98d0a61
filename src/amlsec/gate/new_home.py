"""A home is made with its `gate.toml`, or nothing is left of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amlsec.errors import InvalidInput
from amlsec.gate import config
from amlsec.toml import assignments, section
from amlsec.whole import whole


@contextmanager
def new_home(folder: Path, settings: Mapping[str, Any]) -> Iterator[None]:
    """A new or empty folder with these settings, for its owner only; where what is done in it fails, it is as it was.

    Raises InvalidInput where a setting breaks a rule or the folder holds anything.
    """
    config.config(dict(settings))
    if folder.is_dir() and any(folder.iterdir()):
        raise InvalidInput("home", str(folder), "must be a new or an empty folder")
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with whole(folder / config.FILE, mode=0o600) as file:
            file.write(_toml(settings).encode())
        yield
    except BaseException:
        _removed(folder, itself=new)
        raise


def _toml(settings: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in settings.items() if not isinstance(value, Mapping)}
    parts = [section(name, told) for name, told in settings.items() if isinstance(told, Mapping)]
    return "\n\n".join(["\n".join(assignments(plain)), *parts]).strip() + "\n"


def _removed(folder: Path, *, itself: bool) -> None:
    for part in folder.iterdir():
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    if itself:
        folder.rmdir()
