"""What is deprecated is told at the command line, where Python itself says nothing of it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amlsec.deprecation import Deprecated


@contextmanager
def deprecations_told() -> Iterator[None]:
    """One line on stderr for each."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", Deprecated)
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, Deprecated):
                print(f"amlsec: {message}", file=sys.stderr)
            else:
                usual(message, category, *where, **more)

        warnings.showwarning = show
        yield
