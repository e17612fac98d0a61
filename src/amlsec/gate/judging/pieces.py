"""Large submissions are judged in pieces, here or by many workers, and memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import add
from pathlib import Path

from amlsec.data import Batch
from amlsec.engine import HERE, Outcome, Store, Task, Workers, run
from amlsec.gate.judging.caps import kept
from amlsec.gate.judging.judged import Judged, joined
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


def judged(pieces: Pieces, folder: Path, workers: Workers = HERE, learned: Batch | None = None) -> Judged:
    """The judgement of all pieces, at least one, in their order; each piece's is stored in `folder` when it is there.

    A run that died goes on from there. Protected rows are tested with each piece, and with all of them together.

    Raises InvalidInput as `Panel.judge` and `engine.run` do.
    """
    tasks = [Task(f"{k:06}", (pieces, k, learned)) for k in range(len(pieces.paths))]
    found = {task.key: _read(result) for task, result in run(_judged, tasks, Store(folder), workers=workers)}
    each = [found[task.key] for task in tasks]
    together = joined(each)
    return together if len(each) == 1 else replace(together, turned=_turned(pieces, each, learned))


def _judged(payload: tuple[Pieces, int, Batch | None]) -> Outcome:
    pieces, k, learned = payload
    return pieces.panel_.judge(pieces.rows(k), register=pieces.register, learned=learned).as_json()


def _read(result: Outcome | None) -> Judged:
    assert result is not None  # no deadline is set
    return Judged.from_json(result)


def _turned(pieces: Pieces, each: Sequence[Judged], learned: Batch | None) -> tuple[int, ...]:
    """The protected rows that some piece turns wrong, or that rows of all pieces together do."""
    panel, alone = pieces.panel_, joined(each).turned
    if panel.guarded is None:
        return ()
    most = -(-panel.guarded.most // len(each))
    passing = (pieces.rows(k).rows(panel.passing(judged)) for k, judged in enumerate(each))
    taken = [rows.rows(kept(rows.content(), most, panel.guarded.key)) for rows in passing]
    return tuple(sorted({*alone, *panel.guarded.turned(reduce(add, taken), learned)}))


@lru_cache(maxsize=2)
def _panel(path: str, _: int) -> Panel:
    """The panel in a file, as it was written at this time."""
    import joblib

    panel: Panel = joblib.load(path)
    return panel
