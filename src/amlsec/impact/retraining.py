"""Impacts by training any estimator again with every unit: in chunks, stored one by one, on one machine or many."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import numpy as np
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from amlsec.engine import HERE, Outcome, Store, Task, Workers, run
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.impact import mapped
from amlsec.impact.contract import Answer, Question, Quiz, Tally, tallied
from amlsec.impact.fingerprint import fingerprint
from amlsec.impact.refit import refit, seeded, training_rows
from amlsec.impact.units import Positions, Units

CHUNK_SECONDS = 1.0
FEWEST_CHUNKS = 16
_NOTHING: Positions = np.zeros(0, dtype=np.intp)
_ONE_AT_A_TIME = Lock()  # limits on BLAS threads hold for a whole process


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Some units of the question in a folder."""

    folder: str
    estimator: Any
    start: int = 0
    stop: int = 0


def refitted(estimator: Any, question: Question, units: Units, workers: Workers = HERE, random_state: int = 0) -> Tally:
    """What each unit does to the quiz, by a cold clone-and-fit with every unit: the same numbers wherever it runs.

    Every chunk of about a second is reduced where it is worked out and stored at once in `workers.folder`, under a digest
    of the data, the estimator with its code and parameters, and the library versions: a run that died, on whatever
    workers, goes on where it was. Data are memory-mapped from there. Each process trains on one thread.

    Raises ModelFailed where the estimator cannot be trained with a unit, InvalidInput where the folder cannot be written
    or the cluster not be reached.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from amlsec.impact.contract import Labelled
    >>> rows = Labelled(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1]))
    >>> flipped = Labelled(np.array([[1.2]]), np.array([1]))
    >>> refitted(DecisionTreeClassifier(), Question(rows, flipped, rows), Units.single(1)).helped
    array([[0, 0]])
    """
    ready, arrays = _single_threaded(seeded(estimator, random_state)), mapped.columns(question, units)
    with _kept(workers.folder, fingerprint(ready, arrays, random_state), arrays) as folder:
        store, whole = Store(folder / "chunks"), _Chunk(str(folder), ready)
        ((_, base),) = run(_base, [Task("base", whole)], store, workers=workers)
        tasks = [
            Task(f"{start:09}-{stop:09}", _Chunk(str(folder), ready, start, stop)) for start, stop in _cut(base, len(units))
        ]
        return _collected(run(_chunk, tasks, store, workers=workers), len(units))


def _single_threaded(estimator: Any) -> Any:
    model = clone(estimator)
    for part in (model, *model.get_params().values()):
        if hasattr(part, "set_params") and not isinstance(part, type) and _threaded(part):
            part.set_params(n_jobs=1)
    return model


def _threaded(part: Any) -> bool:
    """Whether it would train on several threads: of n_jobs, None is one in scikit-learn and every core elsewhere."""
    n_jobs = part.get_params(deep=False).get("n_jobs", 1)
    return n_jobs != 1 and not (n_jobs is None and type(part).__module__.startswith("sklearn."))


@contextmanager
def _kept(home: Path | None, name: str, arrays: mapped.Columns) -> Iterator[Path]:
    """The folder of this name with the arrays in it, written if it is not there yet; without a home it does not last."""
    if home is None:
        with TemporaryDirectory() as temporary, _kept(Path(temporary), name, arrays) as folder:
            yield folder
        return
    folder = Path(home).resolve() / name
    try:
        if not folder.is_dir():
            mapped.write(folder, arrays)
    except OSError as error:
        raise InvalidInput("folder", str(home), f"cannot hold the data: {error.strerror}") from error
    yield folder


def _cut(base: Outcome | None, units: int) -> Iterable[tuple[int, int]]:
    """Where chunks begin and end: by the stored time of the first training, so that a resumed run cuts the same ones."""
    assert base is not None
    size = max(1, min(round(CHUNK_SECONDS / base["seconds"]), -(-units // FEWEST_CHUNKS)))
    return ((start, min(start + size, units)) for start in range(0, units, size))


def _base(whole: _Chunk) -> Outcome:
    """The base's verdicts and evidence on the quiz, and how long it took: the second time, with all imports done."""
    question, _ = _opened(whole.folder)
    with _ONE_AT_A_TIME, threadpool_limits(limits=1):
        _trained(whole.estimator, question, _NOTHING, "the base alone")
        start = time.perf_counter()
        answer = _trained(whole.estimator, question, _NOTHING, "the base alone")
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "verdicts": answer.verdicts[0].tolist(), "evidence": answer.evidence[0].tolist()}


def _chunk(chunk: _Chunk) -> Outcome:
    """The tally of the chunk's units."""
    (question, units), base = _opened(chunk.folder), _stored_base(chunk.folder)
    quiz, judged, before = Quiz(question.quiz.y), np.array(base["verdicts"]), np.array(base["evidence"])
    with _ONE_AT_A_TIME, threadpool_limits(limits=1):
        found = [
            tallied(judged, before, _trained(chunk.estimator, question, unit, f"unit {k}"), quiz)
            for k, unit in enumerate(units[slice(chunk.start, chunk.stop)], chunk.start)
        ]
    return {"start": chunk.start} | {
        name: np.concatenate([getattr(tally, name) for tally in found]).tolist() for name in ("helped", "hurt", "margin")
    }


def _trained(estimator: Any, question: Question, unit: Positions, called: str) -> Answer:
    try:
        return refit(estimator, training_rows(question, unit), question.quiz.X)
    except Exception as error:
        raise ModelFailed(f"training with {called} failed: {type(error).__name__}: {error}") from error


@lru_cache(maxsize=4)
def _opened(folder: str) -> tuple[Question, Units]:
    return mapped.read(Path(folder))


@lru_cache(maxsize=4)
def _stored_base(folder: str) -> Outcome:
    stored = Store(Path(folder) / "chunks").get("base")
    assert stored is not None
    return stored


def _collected(results: Iterable[tuple[Task, Outcome | None]], units: int) -> Tally:
    counts = np.zeros((2, units, 2), dtype=np.int64)
    margin = np.zeros((units, 2))
    for _, result in results:
        assert result is not None
        place = slice(result["start"], result["start"] + len(result["margin"]))
        counts[0, place], counts[1, place], margin[place] = result["helped"], result["hurt"], result["margin"]
    return Tally(counts[0], counts[1], margin, np.zeros(units, dtype=bool), np.zeros(units))
