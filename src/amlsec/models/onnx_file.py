"""An ONNX file as a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Rows
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.models.onnx_checks import checked
from amlsec.models.onnx_session import NUMBERS, Opened, opened
from amlsec.oracle import one_each
from amlsec.space.column import Column
from amlsec.threat import Access

AS_LABELS = {"0": BENIGN, "1": MALICIOUS, "False": BENIGN, "True": MALICIOUS}


@dataclass(frozen=True)
class OnnxFile:
    """An ONNX file as a Model, run by onnxruntime on one thread.

    It takes all columns at once, each column by its name, or texts. It answers with labels, with probabilities (a tensor, or
    scikit-learn's ZipMap), or with one logit or two; its outputs are told apart by their types. What is looked at before it
    runs stands at `onnx_checks.checked`; while it runs, `timeout` ends it.

    Attributes
    ----------
    path : the file
    names : 0 or 1 for each label that it may answer with, beside 0 and 1 themselves
    score : the output that is evidence of malice, where several hold numbers
    columns : the columns of table rows, where it takes each by its name
    largest : bytes that the file may have
    timeout : seconds that it has for 1024 rows
    digest : of the file's content; found when it is described

    Raises
    ------
    InvalidInput : the file is missing, too large, no model, or its inputs and outputs are none of the above
    UnsafeFile : it needs other files or foreign code
    ModelFailed : when asked: it raises, takes too long, answers with other labels, or changed since it was described
    """

    path: Path
    _: KW_ONLY
    names: Mapping[str, int] | None = None
    score: str = ""
    columns: tuple[Column, ...] = ()
    largest: int = 1 << 29
    timeout: float = 60.0
    digest: str = ""

    def __post_init__(self) -> None:
        held, _ = checked(Path(self.path), self.largest)
        object.__setattr__(self, "path", Path(self.path).resolve())
        object.__setattr__(self, "digest", blake2b(held, digest_size=16).hexdigest())
        held_open = self._open()
        if self.columns:
            held_open.require([column.name for column in self.columns])

    @property
    def access(self) -> Access:
        """The most that anyone sees of it: who holds the file holds all, but what gives no numbers has no scores."""
        return Access.PARAMETERS if self._open().evidence else Access.LABELS

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        """Verdicts (n,): its labels; without any, whether the evidence of malice prevails."""
        held = self._open()
        if not held.label:
            return (self.scores(X) > 0).astype(np.int64)
        return self._verdicts(self._run(held.label, X, lambda answer, _: np.asarray(answer).ravel().astype(str)))

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        """Evidence of malice (n,), above 0 where it prevails: malicious less benign, or one number; else the label."""
        held = self._open()
        if not held.evidence:
            return self.labels(X).astype(np.float64)
        return np.asarray(self._run(held.evidence, X, self._evidence), dtype=np.float64)

    def __str__(self) -> str:
        return f"the ONNX file {self.path.name}"

    def _open(self) -> Opened:
        return opened(self.path, self.digest, self.largest, self.score)

    def _run(self, output: str, X: Rows, read: Callable[[Any, int], NDArray[Any]]) -> NDArray[Any]:
        """What is read in one output, for so many rows at once as it takes."""
        held, found = self._open(), []
        for start in range(0, len(X), held.rows):
            part = X[start : start + held.rows]
            found.append(read(held.run(output, self._feeds(held, part), self.timeout), len(part)))
            if len(found[-1]) != len(part):
                raise ModelFailed(f"{self} gave {len(found[-1])} answers for {len(part)} rows")
        return np.concatenate(found) if found else np.zeros(0)

    def _feeds(self, held: Opened, X: Rows) -> dict[str, NDArray[Any]]:
        inputs = held.session.get_inputs()
        if X.dtype == object and {each.type for each in inputs} != {"tensor(string)"}:
            raise InvalidInput("model", str(self.path), "takes numbers, the rows are texts")
        if len(inputs) == 1:
            return {inputs[0].name: _shaped(inputs[0], X)}
        place = {column.name: j for j, column in enumerate(self.columns)}
        held.require(list(place))
        return {each.name: _column(each, self.columns[place[each.name]], X[:, place[each.name]]) for each in inputs}

    def _evidence(self, answer: Any, rows: int) -> NDArray[np.float64]:
        if isinstance(answer, list):
            sums = [sum(self._sign(label) * chance for label, chance in row.items()) for row in answer]
            return np.array(sums, dtype=np.float64)
        numbers = one_each(answer, rows, who=str(self)).reshape(rows, -1)
        order = np.array([self._sign(label) for label in self._open().classes or ("0", "1")], dtype=np.float64)
        told = max(numbers.shape[1], len(order))
        if told != 2:
            raise ModelFailed(f"{self} tells {told} classes apart, not benign from malicious")
        evidence: NDArray[np.float64] = numbers @ order[-numbers.shape[1] :]
        return evidence - (self._open().threshold if numbers.shape[1] == 1 else 0.0)

    def _verdicts(self, labels: NDArray[np.str_]) -> NDArray[np.int64]:
        found, place = np.unique(labels, return_inverse=True)
        return np.array([self._verdict(label) for label in found], dtype=np.int64)[place]

    def _verdict(self, label: object) -> int:
        known = AS_LABELS | dict(self.names or {})
        if str(label) not in known:
            raise ModelFailed(f"{self} answered {str(label)[:40]!r}, which is none of its labels: {', '.join(known)}")
        return known[str(label)]

    def _sign(self, label: object) -> int:
        return 1 if self._verdict(label) == MALICIOUS else -1


def _shaped(given: Any, X: Rows) -> NDArray[Any]:
    """The rows as an input takes them: texts (n,) or (n, 1), numbers (n, d)."""
    if X.dtype == object:
        return X.reshape(-1, 1) if len(given.shape) == 2 else X
    return np.ascontiguousarray(X, dtype=NUMBERS.get(given.type, np.float32))


def _column(given: Any, column: Column, values: NDArray[np.float64]) -> NDArray[Any]:
    """One column as its input takes it, (n,) or (n, 1); categories by name where it takes strings."""
    if given.type == "tensor(string)":
        told: NDArray[Any] = np.array([column.shown(value) for value in values], dtype=object)
    else:
        told = values.astype(NUMBERS.get(given.type, np.float32))
    return told.reshape(-1, 1) if len(given.shape) == 2 else told
