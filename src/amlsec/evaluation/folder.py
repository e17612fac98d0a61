"""A ground on disk, so that worker processes open its rows by path and train each clean system once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import feather

from amlsec.data import Batch, texts
from amlsec.evaluation.ground import SHARES, Ground
from amlsec.space.contract import Space


@dataclass(frozen=True, slots=True, eq=False)
class GroundFolder:
    """Where a ground's rows lie, and the small objects that go with them."""

    path: Path
    space: Space
    offers: dict[str, Any]
    sensitive: tuple[int, ...] = ()
    planted: int = 0

    def open(self) -> Ground:
        """The ground; opened once in each process."""
        return _opened(str(self.path), self)

    def __hash__(self) -> int:
        return hash(str(self.path))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GroundFolder) and other.path == self.path


def saved(
    parts: dict[str, Batch],
    path: Path,
    space: Space,
    offers: dict[str, Any],
    sensitive: tuple[int, ...] = (),
    planted: int = 0,
) -> GroundFolder:
    """Write a ground's rows under a folder; its path is absolute, as a worker may stand elsewhere."""
    path = path.resolve()
    path.mkdir(parents=True, exist_ok=True)
    for name, batch in parts.items():
        columns = {"y": batch.y, "source": batch.source, "time": batch.time, "text": batch.X if batch.is_text else None}
        table = pa.table({key: pa.array(value) for key, value in columns.items() if value is not None})
        feather.write_feather(table, path / f"{name}.arrow", compression="uncompressed")
        if not batch.is_text:
            np.save(path / f"{name}.npy", np.ascontiguousarray(batch.X), allow_pickle=False)
    return GroundFolder(path, space, offers, sensitive, planted)


@lru_cache(maxsize=2)
def _opened(path: str, folder: GroundFolder) -> Ground:
    parts: dict[str, Any] = {name: _batch(Path(path), name) for name in (*SHARES, "test")}
    parts |= {"sensitive": folder.sensitive, "planted": folder.planted}
    return Ground(**parts, space=folder.space, offers=folder.offers)


def _batch(path: Path, name: str) -> Batch:
    table = feather.read_table(path / f"{name}.arrow", memory_map=True)
    columns = set(table.column_names)
    X = texts(table["text"].to_pylist()) if "text" in columns else np.load(path / f"{name}.npy", mmap_mode="r")
    source = texts(table["source"].to_pylist()) if "source" in columns else None
    time = table["time"].to_numpy() if "time" in columns else None
    return Batch(X, table["y"].to_numpy(), source, time)
