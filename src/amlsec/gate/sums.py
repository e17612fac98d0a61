"""The hashes of all files in a folder, as `sha256sum -c SHA256SUMS` checks them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path, PurePosixPath

from amlsec.errors import InvalidInput, Tampered

FILE = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\\\r\n\0]{1,300})\n")


def line(digest: str, name: str) -> str:
    """What is written of a file; names have parts joined by "/"."""
    return f"{digest}  {name}\n"


def of(folder: Path, name: str) -> str:
    """The hash of a file in the folder; raises Tampered where it is gone."""
    try:
        with (folder / name).open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Tampered(f"{folder / name}: {error.strerror}") from error


def checked(folder: Path) -> Iterator[str]:
    """The names written down, each once its file was found to be as it was.

    Raises InvalidInput where the folder has no such list, Tampered at the first file, or line, that is another.
    """
    try:
        lines = (folder / FILE).open(encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise InvalidInput("backup", str(folder), f"holds no {FILE}: {error.strerror}") from error
    with lines:
        for number, told in enumerate(lines, 1):
            digest, name = _parsed(told, f"{folder / FILE}, line {number}")
            if of(folder, name) != digest:
                raise Tampered(f"{folder / name} is not what was written")
            yield name


def _parsed(told: str, where: str) -> tuple[str, str]:
    found = _LINE.fullmatch(told)
    if found is None or not {"..", "/"}.isdisjoint(PurePosixPath(found[2]).parts):
        raise Tampered(f"{where} is not what was written")
    return found[1], found[2]
