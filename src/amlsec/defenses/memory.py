"""What a guard may remember of its clients: of so many of them, those that came last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from amlsec.catalogue import Clients
from amlsec.errors import InvalidInput

T = TypeVar("T")


class LastClients(Generic[T]):
    """One thing for each of the clients seen last; the client seen longest ago is forgotten first.

    Parameters
    ----------
    most : how many clients are remembered, at least 1
    new : makes the thing of a client who is not

    >>> seen = LastClients(2, list)
    >>> for name in ("ann", "bob", "ann", "cid"):
    ...     seen[name].append(name)
    >>> seen["ann"], seen["bob"], len(seen)
    (['ann', 'ann'], [], 2)
    """

    def __init__(self, most: int, new: Callable[[], T]) -> None:
        self.most, self.new = most, new
        self._held: OrderedDict[str, T] = OrderedDict()

    def __getitem__(self, client: str) -> T:
        if client in self._held:
            self._held.move_to_end(client)
        else:
            self._held[client] = self.new()
            if len(self._held) > self.most:
                self._held.popitem(last=False)
        return self._held[client]

    def __len__(self) -> int:
        return len(self._held)

    def emptied(self) -> LastClients[T]:
        """Another such memory, of nobody."""
        return LastClients(self.most, self.new)


def names(client: Clients, rows: int) -> Iterator[str]:
    """The client of each of so many rows; raises InvalidInput where there is neither one nor one for each."""
    if not isinstance(client, str) and len(client) != rows:
        raise InvalidInput("client", f"{len(client)} names", f"must be one name, or one for each of {rows} rows")
    return iter([client] * rows if isinstance(client, str) else [str(name) for name in client])
