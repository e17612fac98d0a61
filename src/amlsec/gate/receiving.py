"""What somebody hands in is read by a process that may crash, into a folder of the home that is gone afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from amlsec.errors import GateUnavailable, InvalidInput
from amlsec.gate.home import Home
from amlsec.gate.reading.chunks import from_bytes
from amlsec.gate.reading.formats import Format
from amlsec.gate.reading.messages import Parsed
from amlsec.gate.reading.spooled import spooled
from amlsec.gate.trusting import as_file
from amlsec.whole import remove_old

INCOMING = "incoming"
"""The folder in a home where files are read; what a crash leaves there was never acknowledged."""
_A_DAY = 86_400.0


@contextmanager
def received(home: Home, data: Any, *, format: str | None = None, called: str | None = None) -> Iterator[Parsed]:
    """The rows of a path, a binary stream, or a pandas, polars or Arrow table, as files, until this ends.

    `called` is what errors call the data, instead of its path. Raises what `Children.parsed` raises, and GateUnavailable
    where the home cannot be written.
    """
    kind = _format(format)
    try:
        with _folder(home) as folder, _file(data, home.config.limits.request_bytes) as path:
            yield home.readers.parsed(path, home.form, home.config.limits, kind, folder, called or _called(data))
    except OSError as error:
        raise GateUnavailable(f"home {home.folder}: {error.strerror or type(error).__name__}") from error


def received_rows(home: Home, data: Any, *, format: str | None = None, called: str | None = None) -> pa.Table:
    """All of them at once, as a gate keeps them; arguments and errors as those of `received`."""
    with received(home, data, format=format, called=called) as parsed:
        return pa.concat_tables(from_bytes(file.read_bytes()) for file in parsed.files)


def _format(name: str | None) -> Format | None:
    if name is None:
        return None
    if name not in list(Format):
        raise InvalidInput("format", name, f"must be one of {', '.join(Format)}")
    return Format(name)


@contextmanager
def _folder(home: Home) -> Iterator[Path]:
    (home.folder / INCOMING).mkdir(exist_ok=True)
    for left in (home.folder / INCOMING).iterdir():
        remove_old(left, _A_DAY)
    folder = Path(mkdtemp(dir=home.folder / INCOMING))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _file(data: Any, most: int) -> Iterator[Path]:
    if hasattr(data, "read"):
        with spooled(data, most) as path:
            yield path
    else:
        with as_file(data) as path:
            yield path


def _called(data: Any) -> str:
    if isinstance(data, str | Path):
        return str(data)
    return "the file" if hasattr(data, "read") else "the table"
