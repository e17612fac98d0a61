"""A submission before its judges: its rows, what holds, and what the screens say."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from amlsec.data import Batch
from amlsec.gate import jobs
from amlsec.gate.home import Home
from amlsec.gate.in_force import InForce, Judges, judges, offered, rows_of
from amlsec.gate.judging import pieces
from amlsec.gate.judging.evidence import evidence, worst
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.sentence import Sentence
from amlsec.gate.judging.shown import worded
from amlsec.gate.lately import learned_lately
from amlsec.gate.learned import Trusted
from amlsec.gate.reading.chunks import from_bytes
from amlsec.gate.sources import known
from amlsec.gate.taken import taken
from amlsec.register import Register
from amlsec.tables.load import Columns, Table
from amlsec.whole import whole

WORK = "work"
"""The folder in a home where large submissions are judged; workers of a cluster need it under the same path."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is to be sentenced.

    Attributes
    ----------
    about : the submission's row of its table
    judges : the panel, and how rows are read
    register : what is known of the sources
    """

    home: Home
    about: Row[Any]
    force: InForce
    judges: Judges
    register: Register

    @property
    def source(self) -> str:
        """Whose rows these are."""
        return str(self.about.source)

    @property
    def key(self) -> str:
        """What the caps draw by; nobody knows it but the gate."""
        return f"{self.about.digest}:{self.judges.secret}"

    @property
    def chunks(self) -> list[str]:
        """The objects of its rows."""
        names: list[str] = json.loads(self.about.chunks)
        return names

    def rows(self, chunk: str) -> Batch:
        """The rows in one of its objects."""
        return offered(self.home.form.columns, from_bytes(self.home.store.get(chunk)), self.judges.like, self.source)

    def evidence(self, found: Findings, passed: Sentence) -> dict[str, Any]:
        """What a person is shown."""
        panel, like, rows = self.judges.panel, self.judges.like, worst(found, passed)
        told = evidence(
            panel,
            self._rows_at(rows.at),
            rows,
            found,
            passed,
            source=self.source,
            register=self.register,
            names=like.names,
        )
        levels = {name: words for name, words in zip(like.names, like.categories, strict=False) if words}
        return dict(worded(told, levels))

    def _rows_at(self, at: NDArray[np.intp]) -> Batch:
        """The rows at these positions, in this order; each chunk is read once."""
        return offered(
            self.home.form.columns, taken(self.home.store, self.chunks, from_bytes, at), self.judges.like, self.source
        )

    def heard(self) -> Findings:
        """What the screens say: here of one chunk, of several in pieces by the workers that `gate.toml` names.

        Where a worker died, pieces that it judged by what still holds are not judged again.
        """
        learned = self._learned_lately()
        if len(self.chunks) == 1:
            return Findings.of([self.judges.panel.judge(self.rows(self.chunks[0]), register=self.register, learned=learned)])
        folder = self.home.folder / WORK / str(self.about.id) / self.force.name
        folder.mkdir(parents=True, exist_ok=True)
        return pieces.judged(self._pieces(folder), folder / "heard", self.home.config.engine.workers, learned)

    def _learned_lately(self) -> Batch | None:
        """What protected rows are tested beside; None where nothing is protected."""
        guarded = self.judges.panel.guarded
        if guarded is None:
            return None
        trusted = Trusted.of(self.home.form, rows_of(self.home, self.force.root))
        return learned_lately(self.home, self.judges.like, trusted, guarded.most)

    def _pieces(self, folder: Path) -> pieces.Pieces:
        paths = [folder / f"{k:06}.arrow" for k in range(len(self.chunks))]
        for path, name in zip(paths, self.chunks, strict=True):
            with whole(path) as file:
                file.write(self.home.store.get(name))
        pieces.keep(self.judges.panel, folder / "panel.joblib")
        read = partial(read_piece, self.home.form.columns, self.judges.like, self.source)
        return pieces.Pieces(folder / "panel.joblib", tuple(paths), read, self.register)


def case(home: Home, about: Row[Any]) -> Case:
    """The case of a submission under what holds now."""
    with home.database.reading() as connection:
        force, register = InForce.at(connection), known(connection)
    found = judges(home, force.policy.body["text"], force.root.body["data"], force.protects)
    return Case(home, about, force, found, register)


def swept(home: Home) -> None:
    """Remove what judging left in the home of submissions that wait no longer, whoever judged them and however he ended."""
    folder = home.folder / WORK
    left = list(folder.iterdir()) if folder.is_dir() else []
    if not left:
        return
    with home.database.reading() as connection:
        waiting = {str(number) for number in jobs.numbers(connection)}
    for path in left:
        if path.name not in waiting:
            shutil.rmtree(path, ignore_errors=True)


def read_piece(columns: Columns, like: Table, source: str, path: Path) -> Batch:
    """A chunk that lies in a file."""
    return offered(columns, from_bytes(path.read_bytes()), like, source)
