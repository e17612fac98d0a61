"""Stopping in time: asked for by a signal, or by the end of the process that started this one."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Asked = Callable[[float], bool]
"""Waits up to so many seconds; whether this process was asked to stop."""


class TooLate(BaseException):
    """The time to end what was begun is over."""


@contextmanager
def stopping(patience: float, *, parent: int | None = None) -> Iterator[Asked]:
    """SIGTERM and SIGINT ask to stop, and so does the end of the pipe `parent`, as when the process that holds it dies.

    Who still works `patience` seconds after a signal is interrupted by TooLate. In the main thread only.

    >>> with stopping(60.0) as asked:
    ...     before = asked(0.0)
    ...     signal.raise_signal(signal.SIGTERM)
    ...     before, asked(60.0)
    (False, True)
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    timer = signal.getitimer(signal.ITIMER_REAL)[0]

    def ask(*_: object) -> None:
        if not select.select([told], [], [], 0)[0]:
            os.write(tell, b".")  # a pipe: a handler may come while a lock is held
            signal.setitimer(signal.ITIMER_REAL, patience)

    handlers = {signal.SIGTERM: ask, signal.SIGINT: ask, signal.SIGALRM: _late}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    ends = [told] if parent is None else [told, parent]
    try:
        yield lambda seconds: bool(select.select(ends, [], [], seconds)[0])
    finally:
        signal.setitimer(signal.ITIMER_REAL, timer)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(told)
        os.close(tell)


def _late(*_: object) -> None:
    raise TooLate
