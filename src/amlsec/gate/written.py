"""Files that somebody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amlsec.errors import InvalidInput


@contextmanager
def written(what: str, path: Path) -> Iterator[None]:
    """Raises InvalidInput, which names the path, where within this something cannot be written.

    >>> with written("file", Path("/nowhere/at all")):
    ...     Path("/nowhere/at all").write_text("x")
    Traceback (most recent call last):
        ...
    amlsec.errors.InvalidInput: file is '/nowhere/at all': cannot be written: No such file or directory
    """
    try:
        yield
    except OSError as error:
        raise InvalidInput(what, str(path), f"cannot be written: {error.strerror}") from error
