"""Rows of a CSV file, a block at a time, every cell as the bytes that stand there."""

from __future__ import annotations

import csv as reader
import io
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv

from amlsec.errors import InvalidInput
from amlsec.gate.reading.limits import MIB
from amlsec.gate.reading.offered import Offered
from amlsec.gate.reading.unzipped import unzipped
from amlsec.tables.files import delimiter_in

_LONGEST_HEADER = MIB
_BLOCK = 4 * MIB
"""Arrow reads some blocks ahead, and a row must fit one."""
_MANY = 64
"""Columns of bytes, for each of which Arrow reserves a whole block; of dictionaries, which take longer, it does not."""


def batches(offered: Offered) -> Iterator[pa.RecordBatch]:
    """The wanted columns as bytes, in batches of 4 MiB; nothing is guessed from the values.

    Raises InvalidInput where it is no table, a column is missing, or a row is longer than 4 MiB or of another length.
    """
    with unzipped(offered) as file:
        head = file.peek(_LONGEST_HEADER)[:_LONGEST_HEADER]
        between = delimiter_in(head)
        wanted = offered.columns(_header(head, between, offered))
        kind = pa.binary() if len(wanted) <= _MANY else pa.dictionary(pa.int32(), pa.binary())
        try:
            yield from csv.open_csv(
                file,
                read_options=csv.ReadOptions(block_size=_BLOCK, use_threads=False),
                parse_options=csv.ParseOptions(delimiter=between, newlines_in_values=True),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(wanted, kind), include_columns=wanted, strings_can_be_null=False
                ),
            )
        except (pa.ArrowException, KeyError, MemoryError) as error:
            raise _explained(error, offered) from error


def _explained(error: Exception, offered: Offered) -> InvalidInput:
    if "straddling" in str(error):
        return InvalidInput("data", offered.name, f"has a row longer than {_BLOCK >> 20} MiB, or a quote that never ends")
    return offered.refused(error, "CSV")


def _header(head: bytes, between: str, offered: Offered) -> list[str]:
    """The names in the first line, which a quoted line break may make longer."""
    if len(head) == _LONGEST_HEADER and len(head.splitlines()) == 1:
        raise InvalidInput("data", offered.name, f"has a first line longer than {_LONGEST_HEADER >> 10} KiB")
    try:
        text = io.StringIO(head.decode("utf-8-sig", "ignore"), newline="")
        return next(iter(reader.reader(text, delimiter=between)), [])
    except reader.Error as error:
        raise offered.refused(error, "CSV") from error
