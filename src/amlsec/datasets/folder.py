"""Public data sets that cannot be packaged: files in the folder that AMLSEC_DATA names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

from amlsec.data import Batch
from amlsec.datasets.demo import Demo
from amlsec.errors import InvalidInput
from amlsec.tables.load import Columns, Labels, load

MOST_ROWS = 6000
"""So many distinct rows are drawn from a larger data set, so that an audit takes minutes."""


def file_of(relative: str, about: str) -> Path:
    """The file in the data folder; raises InvalidInput, saying what it is, where it is not there."""
    folder = os.environ.get("AMLSEC_DATA")
    if not folder:
        raise InvalidInput("AMLSEC_DATA", folder, f"must name the folder that holds {relative}: {about}")
    path = Path(folder) / relative
    if not path.is_file():
        raise InvalidInput("AMLSEC_DATA", folder, f"holds no {relative}: {about}")
    return path


def real(
    table: pa.Table,
    columns: Columns,
    labels: Labels,
    notes: tuple[str, ...],
    seed: int,
    space: Mapping[str, Any] = MappingProxyType({}),
) -> Demo:
    """Real rows as they are, at most 6,000 distinct ones, in random order, and what an attacker may change in them."""
    read = load(table, columns, labels)
    rows, total = distinct_sample(read.batch, np.random.default_rng(seed))
    said = (*notes, f"{len(rows):,} of its {total:,} rows: distinct ones, drawn at random with seed {seed}.", *read.notes)
    names = (columns.target, ", ".join(read.labels.benign), ", ".join(read.labels.malicious))
    return Demo(rows, read.names, *names, notes=said, categories=read.categories, space=space)


def distinct_sample(batch: Batch, rng: np.random.Generator) -> tuple[Batch, int]:
    """At most 6,000 rows of distinct content in random order, and how many rows there were."""
    first = np.unique(batch.content(), return_index=True)[1]
    return batch.rows(rng.permutation(np.sort(first))[:MOST_ROWS]), len(batch)
