"""Tables larger than memory: Parquet row groups in, one at a time, and a verdict for every row out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from amlsec.catalogue import Screen
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts
from amlsec.tables.files import one_line
from amlsec.tables.load import Columns, Table
from amlsec.tables.more import more_rows
from amlsec.whole import whole

SCHEMA = pa.schema(
    [("decision", pa.string()), ("score", pa.float64()), ("limit", pa.float64()), ("reason", pa.string())],
)
NAMES = {decision: decision.name.lower() for decision in Decision}


def judge_parquet(screen: Screen, offered: Path, verdicts: Path, *, columns: Columns, like: Table) -> dict[str, int]:
    """Judge a Parquet file row group by row group, and write one verdict a row, in the same order and row groups.

    Returns how many rows were decided how. Memory holds one row group, however many there are. `verdicts` is there at the
    end, whole, or not at all. What a screen says of a batch it says here of a row group: false discovery rates hold for
    each row group on its own, not for the file, and groups, as of sources or near-duplicates, end with it. For sources,
    write a row group a source.

    Parameters
    ----------
    screen : fitted on rows of `like`
    offered : a Parquet file with the columns of `like`
    verdicts : the Parquet file to write: decision (accept, quarantine or reject), score, limit and reason
    columns : which column of `offered` is the target, the source and the time
    like : the loaded trusted table, whose feature columns, categories and labels hold here too

    Raises InvalidInput where `offered` cannot be read, `verdicts` is that file or its folder is missing, or a row group
    breaks a rule of `more_rows` or of the screen.
    """
    counted = dict.fromkeys(NAMES.values(), 0)
    offered, verdicts = Path(offered), Path(verdicts)
    _check_place(verdicts, offered)
    with _opened(offered) as groups, whole(verdicts) as file, parquet.ParquetWriter(file, SCHEMA) as writer:
        for group in groups:
            judged = _written_out(screen.judge(more_rows(group, columns, like)))
            writer.write_table(judged, row_group_size=max(len(judged), 1))
            for name, count in Counter(judged["decision"].to_pylist()).items():
                counted[name] += count
    return counted


def _check_place(verdicts: Path, offered: Path) -> None:
    if verdicts.resolve() == offered.resolve():
        raise InvalidInput("verdicts", str(verdicts), "must be another file than the offered one, which it would replace")
    if not verdicts.parent.is_dir():
        raise InvalidInput("verdicts", str(verdicts), "must be in a folder that exists")


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[pa.Table]]:
    if not path.is_file():
        raise InvalidInput("offered", str(path), "no such file")
    try:
        file = parquet.ParquetFile(path, memory_map=False, pre_buffer=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidInput("offered", str(path), f"cannot be read as Parquet: {one_line(error)}") from error
    with file:
        filled = (k for k in range(file.num_row_groups) if file.metadata.row_group(k).num_rows)
        yield (file.read_row_group(k) for k in filled)


def _written_out(verdicts: Verdicts) -> pa.Table:
    decisions = [NAMES[Decision(value)] for value in verdicts.decision.tolist()]
    return pa.table([decisions, verdicts.score, verdicts.limit, verdicts.reason], schema=SCHEMA)
