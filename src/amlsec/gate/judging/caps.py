"""Caps: how many rows of a source may still become training data, and which of them."""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from amlsec.gate.judging.standing import Standing
from amlsec.gate.policy import Caps

Draws = NDArray[np.uint64]


def room_of_share(standing: Standing, caps: Caps) -> int | None:
    """How many more rows of the source its share leaves room for; None is no cap.

    The most k with own + k <= share (all + k), or own + k <= floor; exact, in whole numbers.

    >>> from amlsec.gate.judging.standing import Common, Own
    >>> room_of_share(Standing(Common(root=800, learned=100), Own(learned=100)), Caps(share=0.2, floor=10))
    100
    """
    share = _exact(caps.share)
    if share == 1:
        return None
    own = standing.own.learned
    return max(0, int((share * standing.training - own) // (1 - share)), caps.floor - own)


def room_of_growth(standing: Standing, caps: Caps) -> int | None:
    """How many more rows of the source its growth leaves room for in this window; None is no cap."""
    if caps.growth == 1:
        return None
    most = max(int(_exact(caps.growth) * standing.own.opening), caps.floor)
    return max(0, most - standing.own.added)


def kept(content: NDArray[np.bytes_], room: int, key: str) -> NDArray[np.bool_]:
    """Which of the rows (n,) stay where only so many may: those whose hash under the key is smallest.

    Order and position play no part, nor can who does not know the key tell which rows stay. Of equal rows some may stay.

    >>> kept(np.array([b"a", b"b", b"c"], dtype="S32"), 1, "key").sum()
    np.int64(1)
    """
    return smallest(drawn(content, key), room) if room < len(content) else np.ones(len(content), dtype=bool)


def drawn(content: NDArray[np.bytes_], key: str) -> Draws:
    """The hash (n,) of each row's content under the key."""
    secret = blake2b(key.encode(), digest_size=32).digest()
    hashes = (blake2b(row, key=secret, digest_size=8).digest() for row in content)
    return np.fromiter((int.from_bytes(hashed) for hashed in hashes), dtype=np.uint64, count=len(content))


def smallest(draws: Draws, room: int) -> NDArray[np.bool_]:
    """Which (n,) are the so many smallest, fewer than n; of equal ones the first."""
    largest = np.partition(draws, room)[:room].max(initial=0)
    stay = np.asarray(draws < largest)
    stay[np.flatnonzero(draws == largest)[: room - int(stay.sum())]] = True
    return stay


def _exact(share: float) -> Fraction:
    """The fraction that was written: 0.1 is a tenth."""
    return Fraction(str(share))
