"""A text file's bytes, unzipped where it is zipped, and counted while they come."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from amlsec.errors import InvalidInput
from amlsec.gate.reading.formats import is_zipped
from amlsec.gate.reading.limits import FREE_EXPANSION
from amlsec.gate.reading.offered import Offered

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 1 << 20


class _Counted(io.RawIOBase):
    """Bytes of a file, no more than allowed."""

    def __init__(self, file: IO[bytes], offered: Offered) -> None:
        self._file, self._offered = file, offered
        self._left = most_unzipped(offered)

    def readable(self) -> bool:
        return True

    def readinto(self, into: WriteableBuffer, /) -> int:
        view = memoryview(into)
        read = self._file.read(min(len(view), _BLOCK))
        self._left -= len(read)
        if self._left < 0:
            raise too_expanded(self._offered)
        view[: len(read)] = read
        return len(read)


@contextmanager
def unzipped(offered: Offered) -> Iterator[io.BufferedReader]:
    """The file, opened; reading it raises InvalidInput where it is broken gzip, or becomes too much."""
    try:
        with (gzip.open if is_zipped(offered.path) else open)(offered.path, "rb") as file:
            yield io.BufferedReader(_Counted(file, offered), _BLOCK)  # type: ignore[arg-type]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise offered.refused(error, "gzip") from error


def most_unzipped(offered: Offered) -> int:
    """Bytes that the file may become."""
    return max(FREE_EXPANSION, offered.path.stat().st_size * offered.limits.expansion)


def too_expanded(offered: Offered) -> InvalidInput:
    """The error of a file that becomes too much."""
    rule = f"becomes more than {offered.limits.expansion} times its {offered.path.stat().st_size} bytes"
    return InvalidInput("data", offered.name, rule)
