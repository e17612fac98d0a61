"""The objects that an entry of the ledger names."""

from __future__ import annotations

from collections.abc import Iterator

from amlsec.gate.ledger import Entry, Wrote

_NAMED: dict[Wrote, tuple[str, ...]] = {
    Wrote.POLICY: ("text",),
    Wrote.ROOT: ("data",),
    Wrote.PROTECTED: ("data",),
    Wrote.SUBMITTED: ("chunks",),
    Wrote.JUDGED: ("verdicts", "decisions", "evidence"),
    Wrote.REVIEWED: ("rows", "decisions"),
    Wrote.UNDONE: ("decisions",),
    Wrote.SNAPSHOT: ("data", "manifest"),
}


def referenced(entry: Entry) -> Iterator[str]:
    """Their names; all that is kept of a gate's data is named by some entry."""
    for key in _NAMED.get(entry.kind, ()):
        told = entry.body.get(key)
        yield from [told] if isinstance(told, str) else told or ()
