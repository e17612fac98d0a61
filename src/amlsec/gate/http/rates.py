"""How often one client may call, in bounded memory."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from threading import Lock

from starlette.requests import Request

MOST = 10_000
"""Clients remembered at once; the one not seen for longest is forgotten first."""


class Rates:
    """A bucket of calls a client: full at first, and filled again within a minute.

    >>> rates = Rates(2)
    >>> [rates.wait("ada", now=second) for second in (0.0, 0.0, 0.0, 30.0)]
    [0.0, 0.0, 30.0, 0.0]
    """

    def __init__(self, a_minute: int, most: int = MOST) -> None:
        self._full, self._most = float(a_minute), most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._left)

    def wait(self, client: str, now: float) -> float:
        """Count a call at this time (seconds); 0 lets it through, else it may come again after so many seconds."""
        with self._lock:
            left, since = self._left.pop(client, (self._full, now))
            left = min(self._full, left + (now - since) * self._full / 60)
            wait = max(0.0, (1 - left) * 60 / self._full)
            self._left[client] = (left - (wait == 0), now)
            if len(self._left) > self._most:
                self._left.popitem(last=False)
            return wait


def address(request: Request) -> str:
    """From where a call comes; of IPv6 the network of 64 bits, which one client has all addresses of."""
    host = request.client.host if request.client else "nowhere"
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return host[:100]
    if parsed.version == 4:
        return host
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed.packed, 64), strict=False))
