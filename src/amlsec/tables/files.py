"""A table from a file, by what the file is rather than by what its name says."""

from __future__ import annotations

import gzip
import os
import zlib
from collections import Counter
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, feather, json, parquet

from amlsec.errors import InvalidInput, UnsafeFile

PICKLE_ENDINGS = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth")
_MARKS = {b"PAR1": "parquet", b"ARROW1": "feather"}
_MEMORY_PER_BYTE = {"csv": 4, "json": 3, "feather": 3}
_LONGEST_BLOCK = 2**31 - 1


def read(path: Path, *, memory: int | None = None, seed: int = 0) -> tuple[pa.Table, list[str]]:
    """The table in a CSV, TSV, JSON-lines, Parquet or Arrow file, and notes on what was left out.

    `memory` is the bytes the table may take, by default half of what is free. A larger Parquet file is sampled by row
    groups, drawn with `seed`; a larger file of another format is refused.

    Raises InvalidInput where the file is missing, empty, too large or no table, UnsafeFile where it is a pickle.
    """
    path = Path(path)
    kind = kind_of(path)
    allowed = _free_memory() // 2 if memory is None else memory
    if kind == "parquet":
        return _parquet(path, allowed, seed)
    per_byte = _MEMORY_PER_BYTE[kind.removesuffix(".gz")]
    size = _size(path, kind, most=allowed // per_byte)
    if size * per_byte > allowed:
        raise InvalidInput(
            "data",
            str(path),
            f"needs {size * per_byte >> 20} MiB of memory or more, {allowed >> 20} are free; as Parquet it could be sampled",
        )
    return checked(path, _parsed(path, kind, size)), []


def _size(path: Path, kind: str, most: int) -> int:
    """Its bytes, unzipped; of a zipped file no more than `most` and a little are counted, as a few bytes can hold many."""
    if not kind.endswith(".gz"):
        return path.stat().st_size
    size = 0
    try:
        with gzip.open(path) as file:
            while size <= most and (chunk := file.read(1 << 20)):
                size += len(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput("data", str(path), f"cannot be read as a table: {one_line(error)}") from error
    return size


def kind_of(path: Path) -> str:
    """What a table's file is by its content: csv, csv.gz, json, json.gz, parquet or feather; errors as those of `read`."""
    if not path.is_file():
        raise InvalidInput("data", str(path), "is a folder or a device, no file" if path.exists() else "no such file")
    head = _head(path, 1 << 16)
    if not head:
        raise InvalidInput("data", str(path), "the file is empty")
    if is_pickle(path):
        raise UnsafeFile("data", str(path), "a pickle can run code when opened; export the table as CSV or Parquet")
    marked = next((kind for mark, kind in _MARKS.items() if head.startswith(mark)), None)
    return marked or _text_kind(path, head)


def _text_kind(path: Path, head: bytes) -> str:
    zipped = head.startswith(b"\x1f\x8b")
    if not zipped and b"\0" in head and not _is_text(head.split(b"\n")[0]):
        raise InvalidInput("data", str(path), "not a table: neither CSV, TSV, JSON lines, Parquet nor Arrow")
    lines = path.name.removesuffix(".gz").endswith((".jsonl", ".ndjson", ".json")) or head.startswith(b"{")
    return ("json" if lines else "csv") + (".gz" if zipped else "")


def _is_text(line: bytes) -> bool:
    """Whether it can be a table's first line; further ones may hold NUL characters, as real mails do."""
    try:
        return line.decode().rstrip("\r").replace("\t", " ").isprintable()
    except UnicodeDecodeError:
        return False


def is_pickle(path: Path) -> bool:
    """Whether the file is a pickle, or of a format that holds one, by name or by first bytes.

    >>> is_pickle(Path("model.joblib"))
    True
    """
    if path.suffix.lower() in PICKLE_ENDINGS:
        return True
    return path.is_file() and begins_a_pickle(_head(path, 2))


def begins_a_pickle(head: bytes) -> bool:
    """Whether these are the first bytes of a pickle, of any protocol that has a mark."""
    return head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05"


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _parsed(path: Path, kind: str, size: int) -> pa.Table:
    try:
        if kind == "feather":
            return feather.read_table(path)
        block = min(size + 1, _LONGEST_BLOCK)  # one block, as no cell may be longer than a block
        with pa.input_stream(str(path), compression="gzip" if kind.endswith(".gz") else None) as stream:
            if kind.startswith("json"):
                return json.read_json(stream, read_options=json.ReadOptions(block_size=block))
            parsing = csv.ParseOptions(delimiter=delimiter(path, kind), newlines_in_values=True)
            return csv.read_csv(stream, read_options=csv.ReadOptions(block_size=block), parse_options=parsing)
    except (pa.ArrowInvalid, pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InvalidInput("data", str(path), f"cannot be read as a table: {one_line(error)}") from error


def delimiter(path: Path, kind: str) -> str:
    """What stands between the values of a csv or csv.gz file: a comma, a tab or a semicolon."""
    with pa.input_stream(str(path), compression="gzip" if kind.endswith(".gz") else None) as stream:
        return delimiter_in(stream.read(1 << 16))


def delimiter_in(head: bytes) -> str:
    """What stands between the values of the first line."""
    return max(",\t;", key=head.split(b"\n")[0].decode("utf-8", "replace").count)


def _parquet(path: Path, allowed: int, seed: int) -> tuple[pa.Table, list[str]]:
    try:
        with parquet.ParquetFile(path) as file:
            return _row_groups(path, file, allowed, seed)
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidInput("data", str(path), f"cannot be read as Parquet: {one_line(error)}") from error


def _row_groups(path: Path, file: parquet.ParquetFile, allowed: int, seed: int) -> tuple[pa.Table, list[str]]:
    import numpy as np

    sizes = np.array([file.metadata.row_group(i).total_byte_size * 2 for i in range(file.num_row_groups)], dtype=float)
    if sizes.sum() <= allowed:
        return checked(path, file.read()), []
    order = np.random.default_rng(seed).permutation(len(sizes))
    taken = np.sort(order[np.cumsum(sizes[order]) <= allowed])
    if not len(taken):
        raise InvalidInput(
            "data", str(path), f"its smallest row groups exceed the free {allowed >> 20} MiB; write smaller ones"
        )
    table = file.read_row_groups(taken.tolist())
    share = f"{len(taken)} of {len(sizes)} row groups, {len(table)} of {file.metadata.num_rows} rows"
    note = f"sampled, as all exceed memory: {share}"
    return checked(path, table), [note]


def checked(path: Path | str, table: pa.Table) -> pa.Table:
    """The table; raises InvalidInput where it has no rows, two columns of one name, or a name that is no UTF-8 text."""
    try:
        names = table.column_names
    except UnicodeDecodeError as error:
        rule = f"the column name {error.object[:40]!r} is no UTF-8 text; save the table as UTF-8"
        raise InvalidInput("data", str(path), rule) from error
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InvalidInput("data", str(path), f"column names stand twice: {', '.join(twice)}")
    if not table.num_rows:
        raise InvalidInput("data", str(path), "the table has no rows")
    return table


def _free_memory() -> int:
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def one_line(error: Exception) -> str:
    """What an error says, on one line of 200 characters at most."""
    return " ".join(str(error).split())[:200]
