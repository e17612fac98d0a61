"""Rows written in the format of a table that they are to be added to."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, feather, parquet

from amlsec.errors import InvalidInput
from amlsec.tables.files import delimiter, kind_of

_ENDINGS = {"csv": ".csv", "json": ".jsonl", "parquet": ".parquet", "feather": ".arrow"}


def write_like(like: Path, rows: pa.Table, to: Path) -> Path:
    """Write rows beside `to`, with the ending of the format that the table in `like` has, unzipped; the path.

    Raises InvalidInput where `like` is no table, or where there is such a file already, which is left as it is.
    """
    zipped = kind_of(like)
    kind = zipped.removesuffix(".gz")
    path = to.with_name(f"{to.name}{_ENDINGS[kind]}")
    try:
        with path.open("xb") as file:
            if kind == "parquet":
                parquet.write_table(rows, file)
            elif kind == "feather":
                feather.write_feather(rows, file)
            elif kind == "csv":
                csv.write_csv(rows, file, csv.WriteOptions(delimiter=delimiter(like, zipped)))
            else:
                file.writelines(f"{json.dumps(row, ensure_ascii=False, default=str)}\n".encode() for row in rows.to_pylist())
    except FileExistsError as error:
        raise InvalidInput("out", str(path), "is there already, and is not overwritten") from error
    return path
