"""The same rows written in every format that a gate reads."""

import csv
import gzip
import io
import json
from collections.abc import Callable

import pyarrow as pa
from pyarrow import ipc, parquet

from amlsec.gate.form import Form, Holds
from amlsec.gate.reading.limits import Limits
from amlsec.gate.reading.read import read
from amlsec.tables.load import Columns, Labels

FORM = Form(
    Columns("label", time="sent", text=None),
    ("mail", "size", "port"),
    (Holds.TEXT, Holds.NUMBER, Holds.CATEGORY),
    Labels(("spam",), ("ham", "0")),
)
LIMITS = Limits()
TEXTS = Form(Columns("label", text="mail"), ("mail",), (Holds.TEXT,), Labels(("spam",), ("ham",)))


def rows(*told) -> pa.Table:
    """Rows of the form: (mail, size, port, label, sent)."""
    columns = zip(*told, strict=True) if told else [()] * 5
    types = (pa.string(), pa.float64(), pa.string(), pa.string(), pa.timestamp("us"))
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    return pa.table(dict(zip(("mail", "size", "port", "label", "sent"), arrays, strict=True)))


def as_csv(table: pa.Table, delimiter=",") -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(table.column_names)
    writer.writerows([_told(value) for value in row.values()] for row in table.to_pylist())
    return file.getvalue().encode()


def as_jsonl(table: pa.Table) -> bytes:
    return b"".join(json.dumps(row, default=str).encode() + b"\n" for row in table.to_pylist())


def as_utf8_jsonl(table: pa.Table) -> bytes:
    return b"".join(json.dumps(row, default=str, ensure_ascii=False).encode() + b"\n" for row in table.to_pylist())


def as_parquet(table: pa.Table, **options) -> bytes:
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def as_stream(table: pa.Table, **options) -> bytes:
    file = io.BytesIO()
    with ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table, **options)
    return file.getvalue()


def as_file(table: pa.Table, **options) -> bytes:
    file = io.BytesIO()
    with ipc.new_file(file, table.schema) as stream:
        stream.write_table(table, **options)
    return file.getvalue()


def _told(value):
    return repr(value) if isinstance(value, float) else str(value)


def _coded(table: pa.Table) -> pa.Table:
    """Texts in dictionaries, as pandas' categories come."""
    coded = [c.dictionary_encode() if pa.types.is_string(c.type) else c for c in table.columns]
    return pa.table(coded, names=table.column_names)


def _viewed(table: pa.Table) -> pa.Table:
    """Texts as views, as polars writes them."""
    seen = [c.cast(pa.string_view()) if pa.types.is_string(c.type) else c for c in table.columns]
    return pa.table(seen, names=table.column_names)


WRITERS: dict[str, Callable[[pa.Table], bytes]] = {
    "csv": as_csv,
    "tsv": lambda table: as_csv(table, "\t"),
    "semicolons": lambda table: as_csv(table, ";"),
    "csv.gz": lambda table: gzip.compress(as_csv(table), 1),
    "jsonl": as_jsonl,
    "jsonl in UTF-8": as_utf8_jsonl,
    "jsonl.gz": lambda table: gzip.compress(as_jsonl(table), 1),
    "parquet": as_parquet,
    "parquet in groups": lambda table: as_parquet(table, row_group_size=2, compression="zstd"),
    "arrow stream": as_stream,
    "arrow file": as_file,
    "arrow in batches": lambda table: as_stream(table, max_chunksize=3),
    "arrow of dictionaries": lambda table: as_file(_coded(table)),
    "arrow of views": lambda table: as_stream(_viewed(table)),
    "parquet of dictionaries": lambda table: as_parquet(_coded(table)),
}


def chunks(data: bytes, form=FORM, limits=LIMITS, format=None) -> list[pa.Table]:
    """What the reader makes of these bytes."""
    return list(read(io.BytesIO(data), form, limits, format))


def one(data: bytes, form=FORM, limits=LIMITS) -> dict[str, list]:
    """The same, of a few rows, as columns."""
    (chunk,) = chunks(data, form, limits)
    return chunk.to_pydict()
