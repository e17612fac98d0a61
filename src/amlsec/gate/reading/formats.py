"""What format a file is of: by its first bytes, by its name where they do not say, or as its sender says."""

from __future__ import annotations

import gzip
import zlib
from enum import StrEnum
from pathlib import Path

from amlsec.errors import InvalidInput, UnsafeFile
from amlsec.tables.files import begins_a_pickle, is_pickle, kind_of

_HEAD = 1 << 12
_ARROW_STREAM = b"\xff\xff\xff\xff"
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


class Format(StrEnum):
    """Formats that a gate reads; CSV and JSON lines may be zipped by gzip, Arrow may be a file or a stream."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    ARROW = "arrow"


_KINDS = {"csv": Format.CSV, "json": Format.JSONL, "parquet": Format.PARQUET, "feather": Format.ARROW}
_TEXT = {Format.CSV, Format.JSONL}


def format_of(path: Path, name: str, told: Format | None = None) -> Format:
    """The format of a file; `name` is what errors call it.

    Raises InvalidInput where the file is empty, none of these formats or another than told; UnsafeFile where it is a pickle.
    """
    found = Format.ARROW if is_stream(path) else _found(path, name)
    if told is None or told is found:
        return found
    if told in _TEXT and found in _TEXT:
        return told
    raise InvalidInput("format", str(told), f"but {name!r} is {found}")


def is_zipped(path: Path) -> bool:
    """Whether it begins as gzip does."""
    return _begins(path, _GZIP)


def is_stream(path: Path) -> bool:
    """Whether it begins as an Arrow stream does, rather than an Arrow file."""
    return path.is_file() and _begins(path, _ARROW_STREAM)


def _found(path: Path, name: str) -> Format:
    if is_pickle(path):
        raise _unsafe(name)
    try:
        kind = _KINDS[kind_of(path).removesuffix(".gz")]
    except InvalidInput as error:
        raise InvalidInput(error.argument, name, error.rule) from error
    return _text(path, name) if kind is Format.CSV else kind


def _text(path: Path, name: str) -> Format:
    """Of a text whose name does not say what it is."""
    try:
        with (gzip.open if is_zipped(path) else open)(path, "rb") as file:
            head = file.read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput("data", name, f"cannot be unzipped: {error}") from error
    if begins_a_pickle(head):
        raise _unsafe(name)
    return Format.JSONL if head.removeprefix(_BOM).lstrip().startswith(b"{") else Format.CSV


def _unsafe(name: str) -> UnsafeFile:
    return UnsafeFile("data", name, "a pickle can run code when opened; export the table as CSV or Parquet")


def _begins(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark
