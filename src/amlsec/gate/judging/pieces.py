"""Large submissions are judged in pieces, here or by many workers, and memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import add
from pathlib import Path

from amlsec.data import Batch
from amlsec.engine import HERE, Outcome, Store, Task, Workers, run
from amlsec.gate.judging.caps import kept
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Judged
from amlsec.gate.judging.panel import Panel
from amlsec.register import Register
from amlsec.whole import whole

Read = Callable[[Path], Batch]
"""From a path to rows, at most 10,000; a function of a module, or a partial of one, so that workers find it."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A submission's rows by path, and the panel that is to judge them.

    Attributes
    ----------
    panel : file that `keep` wrote, under the same path for all workers
    paths : of the pieces, in order
    read : from such a path to its rows
    register : of the sources, as it is now
    """

    panel: Path
    paths: tuple[Path, ...]
    read: Read
    register: Register | None = None

    def rows(self, piece: int) -> Batch:
        """The rows of one piece."""
        return self.read(self.paths[piece])

    @property
    def panel_(self) -> Panel:
        """The panel, read once in every process."""
        return _panel(str(self.panel), self.panel.stat().st_mtime_ns)


def keep(panel: Panel, path: Path) -> None:
    """Write a panel to where workers of ours read it; such a file is never taken from anybody else."""
    import joblib

    with whole(path) as file:
        joblib.dump(panel, file)


@dataclass(frozen=True, slots=True)
class Stored:
    """What was judged, piece by piece, each read when its turn comes."""

    store: Store
    keys: tuple[str, ...]

    def __iter__(self) -> Iterator[Judged]:
        return (_read(self.store.get(key)) for key in self.keys)


def judged(pieces: Pieces, folder: Path, workers: Workers = HERE, learned: Batch | None = None) -> Findings:
    """The judgement of all pieces, at least one, in their order; each piece's is stored in `folder` when it is there.

    A run that died goes on from there. Protected rows are tested with each piece, and with all of them together.

    Raises InvalidInput as `Panel.judge` and `engine.run` do.
    """
    tasks = [Task(f"{k:06}", (pieces, k, learned)) for k in range(len(pieces.paths))]
    store = Store(folder)
    for _ in run(_judged, tasks, store, workers=workers):
        pass  # it stores them
    each = Stored(store, tuple(task.key for task in tasks))
    return Findings.of(each, _turned(pieces, each, learned) if len(tasks) > 1 else ())


def _judged(payload: tuple[Pieces, int, Batch | None]) -> Outcome:
    pieces, k, learned = payload
    return pieces.panel_.judge(pieces.rows(k), register=pieces.register, learned=learned).as_json()


def _read(result: Outcome | None) -> Judged:
    assert result is not None  # it was judged, and stored
    return Judged.from_json(result)


def _turned(pieces: Pieces, each: Iterable[Judged], learned: Batch | None) -> tuple[int, ...]:
    """The protected rows that rows of all pieces together turn wrong."""
    panel = pieces.panel_
    if panel.guarded is None:
        return ()
    most = -(-panel.guarded.most // len(pieces.paths))
    passing = (pieces.rows(k).rows(panel.passing(judged)) for k, judged in enumerate(each))
    taken = [rows.rows(kept(rows.content(), most, panel.guarded.key)) for rows in passing]
    return panel.guarded.turned(reduce(add, taken), learned)


@lru_cache(maxsize=2)
def _panel(path: str, _: int) -> Panel:
    """The panel in a file, as it was written at this time."""
    import joblib

    panel: Panel = joblib.load(path)
    return panel
