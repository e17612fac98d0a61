"""Work that waits for disks and networks, some at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_THREADS = 8
_TAKEN = 1000
_Told = TypeVar("_Told")
_Found = TypeVar("_Found")


def side_by_side(work: Callable[[_Told], _Found], told: Iterable[_Told]) -> Iterator[_Found]:
    """What `work` finds of each, in order, by eight threads; of what is told only a thousand are taken at a time.

    >>> list(side_by_side(str.upper, ["a", "b"]))
    ['A', 'B']
    """
    left = iter(told)
    with ThreadPoolExecutor(_THREADS) as pool:
        while some := list(islice(left, _TAKEN)):
            yield from pool.map(work, some)
