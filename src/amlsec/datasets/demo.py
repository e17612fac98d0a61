"""What a demo hands over, and how its sources and times are simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.register import Register, parse


@dataclass(frozen=True, slots=True, eq=False)
class Demo:
    """Real rows; where nobody noted their sources, some demos simulate them, one of them hostile.

    Attributes
    ----------
    batch : the rows
    columns : the feature names; one, "text", for texts
    target : the label's name
    benign, malicious : what labels 0 and 1 are called
    register : what is said of each source
    trusted : the rows of the batch that the simulated analysts read; none of them is poison
    notes : what a reader must know, simulation first
    poison : where a row is the hostile source's poison (n,); nobody but a test or a tutorial may look
    categories : the names behind each column's codes, empty for numbers; () where all are numbers
    space : what an attacker may change and how, where the domain tells, as `space.settings.corrected` reads it
    """

    batch: Batch
    columns: tuple[str, ...]
    target: str
    benign: str
    malicious: str
    register: Register | None = None
    trusted: Batch | None = None
    notes: tuple[str, ...] = ()
    poison: NDArray[np.bool_] | None = None
    categories: tuple[tuple[str, ...], ...] = ()
    space: Mapping[str, Any] = field(default_factory=dict)


Shares = Mapping[str, tuple[float, float]]
"""For each source, the share of all benign and the share of all malicious rows that come from it."""

_START, _DAYS = np.datetime64("2025-01-01T00:00:00"), 365


def with_sources(batch: Batch, shares: Shares, rng: np.random.Generator) -> Batch:
    """The same rows, each from a source drawn by its label and at a time drawn from the year 2025, in order of time."""
    names = np.array(list(shares), dtype=object)
    source = np.empty(len(batch), dtype=object)
    for label in (BENIGN, MALICIOUS):
        chance = np.array([shares[name][label] for name in names])
        where = np.flatnonzero(batch.y == label)
        source[where] = rng.choice(names, len(where), p=chance / chance.sum())
    seconds = np.sort(rng.integers(0, _DAYS * 86_400, len(batch))).astype("timedelta64[s]")
    shuffled = replace(batch, source=source).rows(rng.permutation(len(batch)))
    return replace(shuffled, time=_START + seconds)


def chosen(batch: Batch, source: str, share: float, rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of this share of a source's rows, drawn at random."""
    rows = np.flatnonzero(batch.source == source)
    return np.sort(rng.choice(rows, round(share * len(rows)), replace=False))


def packaged(package: str, file: str, digest: str) -> tuple[Path, tuple[str, ...]]:
    """A data file inside an installed package, found without importing it, and a note where its SHA-256 is another.

    Raises InvalidInput where the package or the file is missing.
    """
    spec = find_spec(package)
    folder = spec.submodule_search_locations if spec else None
    path = Path(folder[0]) / file if folder else None
    if path is None or not path.is_file():
        raise InvalidInput("demo", package, "is not installed; install the demo data with: pip install 'amlsec[demo]'")
    found = sha256(path.read_bytes()).hexdigest()
    note = f"{package} {file} differs from the file this demo was written for (SHA-256 {found[:12]}, was {digest[:12]})"
    return path, () if found == digest else (note,)


def register(name: str) -> Register:
    """The simulated register of a demo."""
    return parse(files("amlsec.datasets").joinpath(f"{name}.toml").read_text("utf-8"), where=f"{name}.toml")
