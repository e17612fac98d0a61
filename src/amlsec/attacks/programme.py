"""Mixed-integer programmes, by HiGHS, which says nothing on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scipy.optimize import milp


def solved(*args: Any, **options: Any) -> Any:
    """What `scipy.optimize.milp` answers to the same arguments."""
    with _aside():
        return milp(*args, **options)


@contextmanager
def _aside() -> Iterator[None]:
    """What is written to standard output goes to standard error: HiGHS leaves a line of its own there now and then.

    It writes past Python, so the descriptor itself is turned; where there is none, as in a service, nothing is.
    """
    sys.stdout.flush()
    try:
        kept = os.dup(1)
        os.dup2(2, 1)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
