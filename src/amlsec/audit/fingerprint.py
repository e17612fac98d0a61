"""By what stored games are found again: the same for the same games on the same rows with the same model."""

from __future__ import annotations

import platform
import sys
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

from amlsec import __version__
from amlsec.audit.subject import Subject

LIBRARIES = ("numpy", "scipy", "scikit-learn", "joblib", "pyarrow")


def fingerprint(subject: Subject, model: str | None, told: object = None) -> str:
    """Of the rows, their sources and times, the classifier, the module of its factory, the libraries, and what was told."""
    digest = blake2b(repr((__version__, libraries(), told, subject.model, subject.register)).encode(), digest_size=8)
    digest.update(_written_out(subject.estimator) + _source(model))
    for name, part in subject.parts.items():
        digest.update(name.encode() + b"".join(part.content()) + part.y.tobytes())
        digest.update(repr([None if c is None else c.tolist() for c in (part.source, part.time)]).encode())
    return digest.hexdigest()


def libraries() -> dict[str, str]:
    """The versions that the numbers depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def _written_out(estimator: Any) -> bytes:
    """All of a classifier's settings, and its class where that was typed into a notebook; its repr may be cut short."""
    from joblib.externals.loky.backend.reduction import dumps

    try:
        return bytes(dumps(estimator))
    except Exception:
        return repr(estimator).encode()


def _source(model: str | None) -> bytes:
    """What is written in the module of a factory, as who edits it may change the classifier behind an equal name."""
    path = getattr(sys.modules.get((model or "").partition(":")[0]), "__file__", None)
    return Path(path).read_bytes() if path else b""
