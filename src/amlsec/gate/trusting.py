"""Rows that people vouch for, as an object: canonical, and with the secret by which their parts are drawn."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pyarrow as pa
from pyarrow import feather, parquet

from amlsec.gate.form import Form
from amlsec.gate.in_force import SEED
from amlsec.gate.reading.limits import Limits
from amlsec.gate.reading.read import read
from amlsec.gate.store import Store
from amlsec.tables.load import opened


def canonical_rows(data: Any, form: Form, limits: Limits) -> pa.Table:
    """The rows of a file, or of a pandas, polars or Arrow table, as a gate keeps them; errors as those of `read`."""
    with as_file(data) as path:
        return pa.concat_tables(read(path, form, limits))


@contextmanager
def as_file(data: Any) -> Iterator[Path]:
    """The path of a file, or a table written to one that is gone afterwards."""
    if isinstance(data, str | Path):
        yield Path(data)
        return
    native, _ = opened(data)
    with NamedTemporaryFile(prefix="amlsec-", suffix=".arrow") as file:
        feather.write_feather(native.unify_dictionaries(), file.name, compression="uncompressed")
        yield Path(file.name)


def drawn_secret() -> int:
    """What nobody can guess, nor try."""
    return secrets.randbits(128)


def kept(store: Store, rows: pa.Table) -> str:
    """Store canonical rows; the object's name.

    A secret of their own says which of the rows serve as what, so that who has the rows does not know it.
    """
    told = rows.replace_schema_metadata({SEED: str(drawn_secret())})
    sink = BytesIO()
    parquet.write_table(told, sink)
    return store.put(sink.getvalue())
