"""Entries of the ledger in plain words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from amlsec.gate.ledger import Wrote
from amlsec.gate.pages.words import count, when

Told = Mapping[str, Any]
_DONE = {"accept": "accepted", "reject": "rejected", "quarantine": "held back"}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry.

    Attributes
    ----------
    said : what was done, in words
    undone : the entry that took it back, else None
    undoable : whether it holds and can be taken back
    """

    seq: int
    time: str
    who: str
    why: str
    kind: str
    said: str
    submission: int | None
    source: str | None
    undone: int | None
    undoable: bool


def lines(entries: Iterable[Told], undoable: Collection[int] = ()) -> list[Line]:
    """Entries, in their order; those taken back by another of them say so, and those that are undoable."""
    every = list(entries)
    taken = {one["body"]["undoes"]: one["seq"] for one in every if one["kind"] == Wrote.UNDONE and _holds(one)}
    return [_line(one, taken.get(one["seq"]), one["seq"] in undoable) for one in every]


def said(entry: Told) -> str:
    """What an entry says was done.

    >>> said({"kind": "snapshot", "body": {"rows": 12}})
    'made a snapshot of 12 rows'
    """
    return _SAID[Wrote(entry["kind"])](entry)


def _line(entry: Told, undone: int | None, undoable: bool) -> Line:
    own = {name: entry[name] for name in ("seq", "time", "who", "why", "submission", "source")}
    return Line(**own, kind=str(entry["kind"]), said=said(entry), undone=undone, undoable=undoable)


def _holds(entry: Told) -> bool:
    return bool(entry["body"].get("effective", True))


def _judged(entry: Told) -> str:
    counts = entry["body"]["counts"]
    return f"judged: {counts['accepted']:,} accepted, {counts['quarantined']:,} held, {counts['rejected']:,} rejected"


def _reviewed(entry: Told) -> str:
    body = entry["body"]
    which = "some of its rows" if body.get("rows") else "all of it"
    if _holds(entry):
        again = ", as was proposed" if body.get("confirms") else ""
        return f"{_DONE[body['decision']]} {which}{again}"
    return f"proposed to {body['decision']} {which}; a second person must say the same"


def _undone(entry: Told) -> str:
    what = f"entry {entry['body']['undoes']}"
    return f"took back {what}" if _holds(entry) else f"proposed to take back {what}; a second person must say the same"


def _rolled_back(entry: Told) -> str:
    body = entry["body"]
    rows, sent = count(body["rows"], "learned row"), count(len(body["submissions"]), "submission")
    return f"took back everything of “{entry['source']}” since {when(body['since'])}: {sent}, {rows}"


_ACCOUNTS = {
    "user added": "let “{name}” sign in as {role}",
    "password changed": "changed the password of “{name}”",
    "role changed": "made “{name}” {role}",
    "user disabled": "let “{name}” sign in no more",
    "user enabled": "let “{name}” sign in again",
    "token made": "made the token “{name}” of a {role}",
    "token revoked": "revoked the token “{name}”",
}
_SAID: Mapping[Wrote, Callable[[Told], str]] = {
    Wrote.OPENED: lambda _: "began the gate",
    Wrote.ROOT: lambda entry: f"made {count(entry['body']['rows'], 'row')} the trusted rows",
    Wrote.POLICY: lambda entry: f"set the policy: {entry['body']['rule']}",
    Wrote.PROTECTED: lambda entry: f"protected {count(entry['body'].get('rows', 0), 'row')} that must stay right",
    Wrote.REGISTER: lambda entry: f"told what is known of “{entry['source']}”",
    Wrote.SUBMITTED: lambda entry: f"handed in {count(entry['body']['rows'], 'row')}",
    Wrote.JUDGED: _judged,
    Wrote.REVIEWED: _reviewed,
    Wrote.UNDONE: _undone,
    Wrote.CLEARED: lambda entry: f"cleared “{entry['source']}”: its sentinel begins anew",
    Wrote.ROLLED_BACK: _rolled_back,
    Wrote.SNAPSHOT: lambda entry: f"made a snapshot of {count(entry['body']['rows'], 'row')}",
    Wrote.MODEL: lambda entry: f"noted the model “{entry['body']['name']}”, trained on snapshot {entry['body']['snapshot']}",
    Wrote.ACCOUNT: lambda entry: _ACCOUNTS[entry["body"]["what"]].format(**entry["body"]),
    Wrote.CHECKPOINT: lambda entry: f"signed the ledger up to entry {entry['body']['position']}",
}
