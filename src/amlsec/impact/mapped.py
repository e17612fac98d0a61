"""Rows handed to other processes by path: plain .npy files in a folder, memory-mapped there, never a pickle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from amlsec.data import texts
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.units import Units
from amlsec.whole import whole_folder

Columns = dict[str, NDArray[Any]]
"""Arrays without objects, by the name of their file."""
_WORTH_MAPPING = 1 << 16  # bytes


class Texts:
    """Texts as one array of UTF-8 bytes and where each begins (n + 1,): decoded when they are taken."""

    def __init__(self, encoded: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        self.encoded, self.starts = encoded, starts

    def __getitem__(self, which: Any) -> NDArray[Any]:
        ends = zip(self.starts[:-1][which], self.starts[1:][which], strict=True)
        return texts([self.encoded[start:stop].tobytes().decode("utf-8", "surrogatepass") for start, stop in ends])


def columns(question: Question, units: Units) -> Columns:
    """A question and its units as arrays; the offered rows only where they are not the base.

    Raises InvalidInput where rows are neither numbers nor texts.
    """
    named = {"base": question.base, "quiz": question.quiz}
    if not question.removing:
        named["offered"] = question.offered
    found = {f"{name}.{part}": values for name, rows in named.items() for part, values in _parts(name, rows).items()}
    return found | {"units.rows": units.rows, "units.starts": units.starts}


def write(folder: Path, arrays: Columns) -> None:
    """Write the arrays into a new folder, which is there with all of them or not at all."""
    try:
        with whole_folder(folder) as unfinished:
            for name, values in arrays.items():
                with (unfinished / f"{name}.npy").open("wb") as file:
                    np.save(file, values, allow_pickle=False)
                    os.fsync(file.fileno())
    except OSError:
        if not folder.is_dir():  # else another run of the same work was first
            raise


def read(folder: Path) -> tuple[Question, Units]:
    """The question and its units, mapped into memory; texts of the base and the quiz are decoded.

    Raises InvalidInput where the folder cannot be seen.
    """
    if not folder.is_dir():
        raise InvalidInput("folder", str(folder), "is not there for a worker; all must see it under this path")
    arrays = {path.name.removesuffix(".npy"): _mapped(path) for path in folder.glob("*.npy")}
    base, quiz = (_decoded(_rows(arrays, name)) for name in ("base", "quiz"))
    removing = "offered.y" not in arrays
    question = Question(base, base if removing else _rows(arrays, "offered"), quiz, removing)
    return question, Units(arrays["units.rows"], arrays["units.starts"])


def _parts(name: str, rows: Labelled) -> Columns:
    labels = {"y": rows.y} if rows.weight is None else {"y": rows.y, "weight": rows.weight}
    if issparse(rows.X):
        return labels | {part: getattr(rows.X, part) for part in ("data", "indices", "indptr")} | {"shape": rows.X.shape}
    if rows.X.dtype != object:
        return labels | {"X": rows.X}
    if rows.X.ndim > 1 or not all(isinstance(text, str) for text in rows.X):
        raise InvalidInput(f"{name}.X", f"an object array {rows.X.shape}", "must hold numbers, or be texts (n,)")
    encoded = [text.encode("utf-8", "surrogatepass") for text in rows.X]
    starts = np.concatenate([[0], np.cumsum([len(text) for text in encoded], dtype=np.int64)])
    return labels | {"encoded": np.frombuffer(b"".join(encoded), dtype=np.uint8), "starts": starts}


def _mapped(path: Path) -> NDArray[Any]:
    """A plain view of the mapped file, as np.memmap is slow to index; small files, empty ones among them, are read."""
    large = path.stat().st_size > _WORTH_MAPPING
    return np.asarray(np.load(path, mmap_mode="r" if large else None, allow_pickle=False))


def _rows(arrays: Columns, name: str) -> Labelled:
    own = {part.removeprefix(f"{name}."): values for part, values in arrays.items() if part.startswith(f"{name}.")}
    if "encoded" in own:
        X: Any = Texts(own["encoded"], own["starts"])
    elif "indptr" in own:
        X = csr_matrix((own["data"], own["indices"], own["indptr"]), shape=tuple(own["shape"]))
    else:
        X = own["X"]
    return Labelled(X, own["y"], own.get("weight"))


def _decoded(rows: Labelled) -> Labelled:
    return rows._replace(X=rows.X[:]) if isinstance(rows.X, Texts) else rows
