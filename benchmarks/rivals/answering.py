"""Puts methods to every task file of a folder, and keeps what each says, how long it takes and how much memory.

It needs NumPy alone, as each library runs in an environment of its own. A task is `KIND.DATA.WHAT.SEED.npz`; answers lie in
a folder of the same name, one JSON a method, and one that is there is not asked for again.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Task = Mapping[str, Any]
"""The arrays of a task file, by name."""
Method = Callable[[Task], dict[str, Any]]
"""From a task to what is said of it, by name: arrays, lists, numbers."""
Methods = Mapping[str, Mapping[str, Method]]
"""By kind of task and by name."""


def answer_all(methods: Methods, folder: Path, seeds: Mapping[str, int] | None = None) -> None:
    """Ask every method about every task of its kind in a folder.

    `seeds` says of slow methods how many seeds, from 0 on, they are asked about.
    """
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    for path in sorted(folder.glob("*.npz")):
        kind, *_, seed = path.stem.split(".")
        for name, method in methods.get(kind, {}).items():
            out = path.with_suffix("") / f"{name}.json"
            if int(seed) < (seeds or {}).get(name, 1000) and not out.exists():
                out.parent.mkdir(exist_ok=True)
                out.write_text(json.dumps(measured(method, dict(np.load(path))), default=np.ndarray.tolist), "utf-8")
                print(f"{path.stem}: {name}", file=sys.stderr, flush=True)


def measured(method: Method, task: Task) -> dict[str, Any]:
    """What the method says, or how it failed, its processor seconds, and by how many megabytes the process grew."""
    np.random.seed(0)  # some libraries draw from the global state
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before, began = _memory("VmRSS"), time.process_time()
    try:
        said = method(task)
    except Exception as error:
        said = {"failed": f"{type(error).__name__}: {error}".strip().splitlines()[0]}
    return {**said, "seconds": time.process_time() - began, "megabytes": _memory("VmHWM") - before}


def _memory(name: str) -> float:
    """A line of the process's own status, in megabytes."""
    (found,) = re.findall(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found) / 1024


def told() -> Path:
    """The folder that the command line names."""
    return Path(sys.argv[1])
