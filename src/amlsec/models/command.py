"""A program as a model: one row on its standard input, its verdict by exit code or by what it prints."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Rows
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.models import rows as written
from amlsec.models.process import Said, run
from amlsec.space.column import Column
from amlsec.threat import Access


@dataclass(frozen=True)
class Command:
    """A program as a Model: it is run once for each row, without a shell.

    A text goes to its standard input as it is, in UTF-8; a table row as a JSON object by column name, or as a header and a
    line of CSV. Its verdict is its exit code, or, with `answer`, what that pattern finds in its standard output, whatever
    the exit code is.

    Attributes
    ----------
    argv : the program and its arguments
    verdicts : 0 (benign) or 1 (malicious) for each exit code; with `answer`, for each text that the pattern may find
    answer : a pattern whose first group, or all of which, is the verdict; "" goes by the exit code
    score : a pattern whose first group, or all of which, is a number that is larger for surer malice; "" where it says none
    timeout : seconds that it has for a row
    rows : "json" or "csv", how table rows are written
    columns : the columns of table rows, as a `TabularSpace` has them; without any, only texts are judged
    workers : how many rows are judged at the same time

    Raises
    ------
    InvalidInput : there is no such program, a verdict is neither 0 nor 1, a pattern cannot be read, a number is out of range
    ModelFailed : when asked: it cannot be started, is not done in time, or its answer is none of the above

    >>> from amlsec.data import texts
    >>> cat = Command(("grep", "-q", "cash"), verdicts={0: MALICIOUS, 1: BENIGN})
    >>> cat.labels(texts(["cash now", "see you at noon"]))
    array([1, 0])
    """

    argv: Sequence[str]
    _: KW_ONLY
    verdicts: Mapping[int, int] | Mapping[str, int]
    answer: str = ""
    score: str = ""
    timeout: float = 10.0
    rows: Literal["json", "csv"] = "json"
    columns: tuple[Column, ...] = ()
    workers: int = 1

    def __post_init__(self) -> None:
        _check_program(self.argv)
        if not self.verdicts or not set(self.verdicts.values()) <= {BENIGN, MALICIOUS}:
            raise InvalidInput("verdicts", dict(self.verdicts), "must say 0 (benign) or 1 (malicious) for each answer")
        if not (self.timeout > 0 and self.workers >= 1):
            raise InvalidInput("timeout, workers", (self.timeout, self.workers), "must be above 0, and at least 1")
        if self.rows not in ("json", "csv"):
            raise InvalidInput("rows", self.rows, "must be json or csv")
        for name in ("answer", "score"):
            _readable(name, getattr(self, name))

    @property
    def access(self) -> Access:
        """The most that anyone sees of it."""
        return Access.SCORES if self.score else Access.LABELS

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        """Verdicts (n,), one run each."""
        return np.array([self._verdict(said) for said in self._asked(X)], dtype=np.int64)

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        """What it says of each row (n,), one run each; the verdict where it says no number."""
        if not self.score:
            return self.labels(X).astype(np.float64)
        return np.array([_number(self._found("score", said)) for said in self._asked(X)], dtype=np.float64)

    def __str__(self) -> str:
        return f"the command {self.argv[0]}"

    def _asked(self, X: Rows) -> list[Said]:
        run_once = partial(run, tuple(self.argv), seconds=self.timeout)
        given = [self._given(row) for row in written.named(X, self.columns)]
        if self.workers == 1:
            return [run_once(row) for row in given]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(run_once, given))

    def _given(self, row: str | dict[str, float | int | str]) -> bytes:
        if not isinstance(row, str):
            row = written.as_json(row) if self.rows == "json" else written.as_csv(row)
        try:
            return row.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise ModelFailed(f"{self} cannot be given a row that holds {error.object[error.start]!r}") from error

    def _verdict(self, said: Said) -> int:
        found: int | str = self._found("answer", said) if self.answer else said.code
        if found not in self.verdicts:
            raise ModelFailed(f"{self} answered {found!r}{_complaint(said)}, which is none of its verdicts")
        return self.verdicts[found]  # type: ignore[index]

    def _found(self, name: str, said: Said) -> str:
        match = re.search(getattr(self, name), said.out, re.MULTILINE)
        found = match and match[1 if match.re.groups else 0]
        if found is None:
            raise ModelFailed(f"{self} ended with {said.code}{_complaint(said)} and printed no {name}: {said.out[:80]!r}")
        return found


def _check_program(argv: Sequence[str]) -> None:
    """Its arguments are not shown, as one may be a secret."""
    told = argv.split() if isinstance(argv, str) else list(argv)
    if isinstance(argv, str) or "\0" in "".join(told) or not any(map(shutil.which, told[:1])):
        raise InvalidInput("argv", told[:1], "must begin with a program that there is, followed by its arguments, in a list")


def _readable(name: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise InvalidInput(name, pattern, f"must be a regular expression: {error}") from error


def _complaint(said: Said) -> str:
    """The last line of its standard error."""
    lines = said.err.split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f" ({last[:120]})" if last else ""


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ModelFailed(f"the command's score is {text[:80]!r}, no finite number")
    return value
