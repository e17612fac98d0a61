"""A column of times."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from amlsec.errors import InvalidInput
from amlsec.gate.reading.cells import Cells, converted, is_number, is_words, words
from amlsec.gate.reading.numbers import numbers

_RULE = "must be a time from the years 1 to 9999: ISO 8601, or seconds since 1970"
_TIME, _ZONED = pa.timestamp("us"), pa.timestamp("us", "UTC")
_SECONDS = r"^[+-]?[0-9]+(\.[0-9]*)?$"
_ZONE = r"[T ].*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_BELOW_MICROSECONDS = r"(\.[0-9]{6})[0-9]+"
_EARLIEST, _LATEST = -62_135_596_800, 253_402_300_799
"""Seconds since 1970 of the first and the last that Python's datetime can hold."""


def times(cells: Cells) -> pa.Array:
    """Times (n,) in microseconds, of Greenwich where they name a zone; as texts, or numbers of seconds since 1970.

    Raises InvalidInput where a cell has no value or is no time.

    >>> texts = pa.array(["2024-02-01", "2024-02-01T01:00:00+01:00", "1706745600"])
    >>> [str(time) for time in times(Cells("sent", texts, first=1, longest=100))]
    ['2024-02-01 00:00:00', '2024-02-01 00:00:00', '2024-02-01 00:00:00']
    """
    filled = cells.filled()
    found = _read(filled)
    low, high = (pa.scalar(seconds * 1_000_000, pa.int64()) for seconds in (_EARLIEST, _LATEST))
    ticks = found.cast(pa.int64())
    cells.none(pc.or_(pc.less(ticks, low), pc.greater(ticks, high)), _RULE)
    return found


def _read(cells: Cells) -> pa.Array:
    if is_words(cells.values.type):
        return _texts(cells)
    if is_number(cells.values.type):
        return _from_seconds(cells, numbers(cells))
    return _timestamps(cells)


def _timestamps(cells: Cells) -> pa.Array:
    """Finer than a microsecond is cut off; what a coarser one cannot hold in microseconds is refused."""
    kind = cells.values.type
    try:
        if pa.types.is_date(kind):
            return cells.values.cast(pa.date32()).cast(pa.timestamp("s")).cast(_TIME)
        return cells.values.cast(pa.timestamp("us", kind.tz), safe=kind.unit != "ns").cast(_TIME)
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"column {cells.name}", str(cells.values.type), _RULE) from error


def _texts(cells: Cells) -> pa.Array:
    text = pc.ascii_trim_whitespace(words(cells))
    counted = pc.match_substring_regex(text, _SECONDS)
    seconds = converted(cells, pc.if_else(counted, text, "0"), pa.float64(), _RULE)
    written = pc.replace_substring_regex(pc.if_else(counted, "1970-01-01", text), _BELOW_MICROSECONDS, r"\1")
    zoned = pc.match_substring_regex(written, _ZONE)
    nothing = pa.scalar(None, pa.string())
    at_home = converted(cells, pc.if_else(zoned, nothing, written), _TIME, _RULE)
    abroad = converted(cells, pc.if_else(zoned, written, nothing), _ZONED, _RULE).cast(_TIME)
    return pc.if_else(counted, _from_seconds(cells, seconds), pc.coalesce(at_home, abroad))


def _from_seconds(cells: Cells, seconds: pa.Array) -> pa.Array:
    outside = pc.or_(pc.less(seconds, float(_EARLIEST)), pc.greater(seconds, float(_LATEST)))
    cells.none(outside, _RULE)
    return pc.round(pc.multiply(seconds, 1e6)).cast(pa.int64()).cast(_TIME)
