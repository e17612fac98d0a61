"""A file or a stream as a file of bounded size."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from amlsec.errors import InvalidInput

_BLOCK = 1 << 20


@contextmanager
def spooled(file: Path | BinaryIO, most: int) -> Iterator[Path]:
    """The path of the file; a stream is copied to a temporary file first, which is gone afterwards.

    Raises InvalidInput where there is no such file, or it has more than `most` bytes.
    """
    if isinstance(file, Path):
        yield measured(file, most, str(file))
        return
    with tempfile.NamedTemporaryFile(prefix="amlsec-") as copy:
        _copied(file, copy.file, most)  # type: ignore[arg-type]
        yield Path(copy.name)


def measured(path: Path, most: int, name: str) -> Path:
    """The path; raises InvalidInput where there is no such file, or it has more than `most` bytes."""
    if not _readable(path):
        raise InvalidInput("data", name, "no such file, or none that may be read")
    if path.stat().st_size > most:
        raise _too_large(name, most)
    return path


def _readable(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:
        return False


def _copied(file: BinaryIO, copy: BinaryIO, most: int) -> None:
    left = most
    while block := file.read(min(_BLOCK, left + 1)):
        left -= len(block)
        if left < 0:
            raise _too_large("a stream", most)
        copy.write(block)
    copy.flush()


def _too_large(name: str, most: int) -> InvalidInput:
    return InvalidInput("data", name, f"has more than {most} bytes")
