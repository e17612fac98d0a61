"""How a command ends before its end: one line on stderr, and a code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

STOPPED = 130


def stop(said: str, code: int, debug: bool) -> None:
    from amlsec.plain import plain

    if debug:
        import traceback

        traceback.print_exc()
    print(f"amlsec: {plain(' '.join(said.split()))}", file=sys.stderr)
    sys.exit(code)


@contextmanager
def stoppable(then: str = "the same command goes on where it was") -> Iterator[None]:
    """Ctrl-C ends with a word on how to go on; typer's own way of ending says nothing."""
    try:
        yield
    except KeyboardInterrupt:
        stop(f"stopped; {then}", STOPPED, "--debug" in sys.argv)
