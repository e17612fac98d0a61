"""A checked ONNX file, opened by onnxruntime, and what of its outputs is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput, ModelFailed
from amlsec.models.onnx_checks import checked, classes, makes
from amlsec.tables.files import one_line

ROWS_AT_ONCE = 1024
NUMBERS = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
"""What numbers an input takes, by its type."""
AT_ONCE = ["ConstantFolding"]
"""What onnxruntime would compute while it opens a file, when no clock runs yet."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A session, and what of its outputs is what; "" where there is none."""

    path: Path
    session: Any
    label: str
    evidence: str
    classes: list[str]
    threshold: float
    rows: int

    def require(self, columns: Sequence[str]) -> None:
        """Raise InvalidInput where it takes other columns of a table than these: by name, or another number of them."""
        inputs = self.session.get_inputs()
        missing = [each.name for each in inputs if each.name not in columns] if len(inputs) > 1 else []
        if missing:
            raise InvalidInput("model", str(self.path), f"takes columns that the rows do not have: {', '.join(missing)}")
        width = inputs[0].shape[1] if len(inputs[0].shape) == 2 and len(inputs) == 1 else None
        if isinstance(width, int) and width != len(columns):
            rule = f"takes {width} columns, the rows have {len(columns)}: {', '.join(columns)}"
            raise InvalidInput("model", str(self.path), rule)

    def run(self, output: str, feeds: Mapping[str, NDArray[Any]], seconds: float) -> Any:
        """One output for these inputs; raises ModelFailed where the model raises, or is not done in time.

        The clock is looked at between two operators: one that is huge is not cut short.
        """
        options = import_module("onnxruntime").RunOptions()
        options.log_severity_level = 4
        watch = Timer(seconds, setattr, (options, "terminate", True))
        watch.start()
        try:
            return self.session.run([output], feeds, options)[0]
        except Exception as error:
            late = f"gave no answer in {seconds:g} s" if options.terminate else one_line(error)
            raise ModelFailed(f"the ONNX file {self.path.name}: {late}") from error
        finally:
            watch.cancel()


@lru_cache(maxsize=8)
def opened(path: Path, digest: str, largest: int, score: str) -> Opened:
    """The file opened, once in each process; the bytes that were checked are those that are run."""
    held, model = checked(path, largest)
    if blake2b(held, digest_size=16).hexdigest() != digest:
        raise ModelFailed(f"the ONNX file {path.name} changed since the audit began")
    onnxruntime = import_module("onnxruntime")
    told = onnxruntime.SessionOptions()
    told.intra_op_num_threads = told.inter_op_num_threads = 1
    told.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(held, told, providers=["CPUExecutionProvider"], disabled_optimizers=AT_ONCE)
    except Exception as error:
        raise InvalidInput("model", str(path), f"cannot be run: {one_line(error)}") from error
    if not session.get_inputs():
        raise InvalidInput("model", str(path), "takes no input")
    kinds = {output.name: output.type for output in session.get_outputs()}
    label = next((name for name, kind in kinds.items() if kind in ("tensor(int64)", "tensor(string)", "tensor(bool)")), "")
    evidence = _evidence_among(path, kinds, score)
    if not (label or evidence):
        raise InvalidInput("model", str(path), f"answers with {', '.join(kinds.values())}: neither labels nor numbers")
    threshold = 0.5 if makes(model, evidence) == "Sigmoid" else 0.0
    return Opened(path, session, label, evidence, classes(model), threshold, _at_once(path, session))


def _evidence_among(path: Path, kinds: Mapping[str, str], score: str) -> str:
    numbers = [
        name for name, kind in kinds.items() if kind in ("tensor(float)", "tensor(double)") or kind.startswith("seq(map")
    ]
    if score and score not in numbers:
        raise InvalidInput("score", score, f"must be an output that holds numbers: {', '.join(numbers) or 'none does'}")
    if len(numbers) > 1 and not score:
        raise InvalidInput("model", str(path), f"has several outputs of numbers, {', '.join(numbers)}: name one as `score`")
    return score or "".join(numbers)


def _at_once(path: Path, session: Any) -> int:
    """How many rows it takes in one run."""
    first = {each.shape[0] for each in session.get_inputs() if each.shape and isinstance(each.shape[0], int)}
    if first - {1}:
        raise InvalidInput("model", str(path), f"takes {max(first)} rows at once; it must take one, or any number")
    return 1 if first else ROWS_AT_ONCE
