"""A scikit-learn model from a .skops file, which runs no code of the file's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amlsec.errors import InvalidInput, UnsafeFile


def skops_file(path: Path, trust: tuple[str, ...] = ()) -> Any:
    """The model in a file; `trust` are types to load though skops does not know them.

    Raises UnsafeFile where the file holds other such types, InvalidInput where it cannot be read or skops is missing.
    """
    try:
        from skops import io
    except ImportError as error:
        raise InvalidInput("model", str(path), "needs the extra: pip install 'amlsec[skops]'") from error
    try:
        unknown = sorted(set(io.get_untrusted_types(file=path)) - set(trust))
        if unknown:
            raise UnsafeFile(
                "model", str(path), f"holds types unknown to skops: {', '.join(unknown)}; name each with --trust"
            )
        return io.load(path, trusted=list(trust))
    except UnsafeFile:
        raise
    except Exception as error:
        raise InvalidInput("model", str(path), f"cannot be read as skops: {type(error).__name__}: {error}") from error
