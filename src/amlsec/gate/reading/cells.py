"""One column of a file, from whatever type it has there to the type of a canonical chunk; errors name row and column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from amlsec.errors import InvalidInput

_SHOWN = 80
_PLAIN = "must hold numbers, texts or true and false"


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Some rows of one column.

    Attributes
    ----------
    name : of the column
    values : as the file holds them, offsets and indices already checked
    first : number of the first row in the file, from 1
    longest : characters that a cell may have
    """

    name: str
    values: pa.Array
    first: int
    longest: int

    def refused(self, at: int, rule: str) -> InvalidInput:
        """The error that says a cell is wrong."""
        return InvalidInput(f"column {self.name}, row {self.first + at}", _shown(self.values[at]), rule)

    def none(self, wrong: pa.Array, rule: str) -> None:
        """Raises InvalidInput for the first cell that is wrong."""
        at = pc.index(wrong, True).as_py()
        if at >= 0:
            raise self.refused(at, rule)

    def filled(self) -> Cells:
        """The same, dictionaries resolved; raises InvalidInput where a cell has no value, or the type is none of ours."""
        self.none(pc.is_null(self.values), "has no value")
        values = self.values.dictionary_decode() if pa.types.is_dictionary(self.values.type) else self.values
        if not (is_words(values.type) or is_number(values.type) or is_time(values.type)):
            raise InvalidInput(f"column {self.name}", str(values.type), _PLAIN)
        return Cells(self.name, values, self.first, self.longest)


def is_words(kind: pa.DataType) -> bool:
    """Whether it is a type of texts, or of bytes that should be one."""
    return kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())


def is_number(kind: pa.DataType) -> bool:
    """Whether it is a type of numbers, true and false among them."""
    of = pa.types
    return bool(of.is_integer(kind) or of.is_floating(kind) or of.is_boolean(kind) or of.is_decimal(kind))


def is_time(kind: pa.DataType) -> bool:
    """Whether it is a type of times, or of days."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def words(cells: Cells) -> pa.Array:
    """Texts (n,); whole numbers without a decimal point, as the trusted table's are.

    Raises InvalidInput where a cell is empty of a value, too long or no UTF-8.
    """
    cells = cells.filled()
    if not is_words(cells.values.type):
        return _written(cells)
    large = pa.types.is_large_string(cells.values.type) or pa.types.is_large_binary(cells.values.type)
    raw = cells.values.cast(pa.large_binary() if large else pa.binary())
    cells.none(pc.greater(pc.binary_length(raw), 4 * cells.longest), f"is longer than {cells.longest} characters")
    text = converted(cells, raw, pa.string(), "is no UTF-8 text")
    cells.none(pc.greater(pc.utf8_length(text), cells.longest), f"is longer than {cells.longest} characters")
    return text


def converted(cells: Cells, values: pa.Array, kind: pa.DataType, rule: str) -> pa.Array:
    """The values cast; raises InvalidInput for the first that cannot be."""
    try:
        return values.cast(kind)
    except pa.ArrowInvalid as error:
        raise cells.refused(_first_failing(values, lambda part: part.cast(kind)), rule) from error


def _first_failing(values: pa.Array, convert: Callable[[pa.Array], Any]) -> int:
    """Halved until one is left; some value must fail."""
    start, size = 0, len(values)
    while size > 1:
        half = size // 2
        try:
            convert(values.slice(start, half))
            start, size = start + half, size - half
        except pa.ArrowInvalid:
            size = half
    return start


def _written(cells: Cells) -> pa.Array:
    if not is_number(cells.values.type):
        raise InvalidInput(f"column {cells.name}", str(cells.values.type), _PLAIN)
    return pa.array([_spelled(value) for value in cells.values.to_pylist()], pa.string())


def _spelled(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _shown(value: pa.Scalar) -> Any:
    """A value short enough for an error."""
    try:
        plain = value.as_py()
    except (ValueError, OverflowError):
        return str(value.type)
    if isinstance(plain, bytes):
        plain = plain[:_SHOWN].decode("utf-8", "backslashreplace")
    return plain[:_SHOWN] if isinstance(plain, str) else plain
