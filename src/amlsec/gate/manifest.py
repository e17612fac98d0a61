"""What is said of a snapshot: from which position of which ledger it follows, and whose rows it holds."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

from amlsec.gate.home import Home
from amlsec.gate.store import Store
from amlsec.gate.training import ORIGIN, Training, Written


def manifest(home: Home, training: Training, written: Written, data: str) -> dict[str, Any]:
    """As JSON; the same position and the same libraries, the same manifest."""
    root, policy = training.force.root, training.force.policy
    return {
        "position": training.last.seq,
        "head": training.last.hash,
        "time": training.last.time,
        "rows": written.rows,
        "data": data,
        "root": {"entry": root.seq, "version": root.body["version"], "rows": written.root, "digest": root.body["digest"]},
        "policy": {"entry": policy.seq, "rule": policy.body["rule"], "text": policy.body["text"]},
        "sources": _by_source(training, written),
        "form": home.form.as_json(),
        "origin": dict(zip(ORIGIN, home.form.beside(*ORIGIN), strict=True)),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of the libraries that the bytes of a snapshot depend on."""
    return {name: version(name) for name in ("amlsec", "pyarrow")}


def held(store: Store, name: str, source: str) -> dict[int, int]:
    """How many rows of each submission of a source the snapshot of this manifest holds."""
    told = json.loads(store.get(name))["sources"].get(source, {})
    return {int(number): rows for number, rows in told.items()}


def _by_source(training: Training, written: Written) -> dict[str, dict[str, int]]:
    """Rows by source and submission."""
    found: dict[str, dict[str, int]] = {}
    for one in training.submissions:
        found.setdefault(one.source, {})[str(one.id)] = written.submissions[one.id]
    return found
