"""What follows from the ledger: one reading of its entries, from which all that is said of submissions comes.

Every change of a submission is computed from it, and `verify` holds the tables against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from sqlalchemy import Connection, select

from amlsec.errors import NotFound
from amlsec.gate.ledger import Entry, Wrote, canonical, entries
from amlsec.gate.schema import submissions

COUNTED = ("accepted", "quarantined", "rejected")


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a submission.

    Attributes
    ----------
    decision : its name; of an undo, ""
    rows : the object of the positions it is about; None is all rows
    undoes : the review it takes back; None of a review
    """

    entry: int
    who: str
    decision: str = ""
    rows: str | None = None
    undoes: int | None = None

    def same(self, other: Said) -> bool:
        """Whether two persons say the same."""
        return (self.decision, self.rows, self.undoes) == (other.decision, other.rows, other.undoes)


@dataclass(slots=True)
class Held:
    """What the ledger says of a submission.

    Attributes
    ----------
    verdict, decisions : the objects of the gate's decisions, and of those that hold now; None until it is judged
    counts : accepted, quarantined and rejected rows
    learned : accepted rows that the trusted ones do not hold
    checked, bad : rows that people's decisions hold of, and how many of them were rejected
    rolled_back : the rollback that took it back
    reviews : that hold, in their order
    proposals : reviews and undos that wait for a second person; they lapse when the decisions change
    """

    id: int
    source: str
    key: str | None
    digest: str
    received: str
    rows: int
    chunks: list[str]
    judged: int | None = None
    verdict: str | None = None
    decisions: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    learned: int | None = None
    checked: int = 0
    bad: int = 0
    harm: float | None = None
    rolled_back: int | None = None
    reviews: dict[int, Said] = field(default_factory=dict)
    proposals: dict[int, Said] = field(default_factory=dict)

    @property
    def record(self) -> tuple[int, int]:
        """Rows that count in the source's track record, and how many of them as bad: all that a rollback took back."""
        if self.rolled_back is None:
            return self.checked, self.bad
        return (self.learned or 0) + self.bad, (self.learned or 0) + self.bad

    def row(self) -> dict[str, Any]:
        """As the table of submissions holds it."""
        own = ("id", "source", "key", "digest", "received", "rows", "judged", "decisions", "learned", "checked", "bad")
        told = {name: getattr(self, name) for name in (*own, "harm", "rolled_back")}
        return {**told, "chunks": canonical(self.chunks), **{name: self.counts.get(name) for name in COUNTED}}


@dataclass(slots=True)
class State:
    """What the ledger says at a position.

    Attributes
    ----------
    registers, standings : of each source, as JSON values
    standing : of the gate
    rollbacks : that were not undone
    users, tokens : what the ledger says of each, by name
    faults : entries that contradict those before them
    """

    submissions: dict[int, Held] = field(default_factory=dict)
    registers: dict[str, dict[str, Any]] = field(default_factory=dict)
    standings: dict[str, dict[str, Any]] = field(default_factory=dict)
    standing: dict[str, Any] | None = None
    root: Entry | None = None
    snapshots: dict[int, Entry] = field(default_factory=dict)
    models: dict[int, Entry] = field(default_factory=dict)
    rollbacks: dict[int, Entry] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def replayed(told: Iterable[Entry]) -> State:
    """The state after these entries, in their order."""
    state = State()
    for entry in told:
        apply(state, entry)
    return state


def apply(state: State, entry: Entry) -> None:
    """Let one more entry be said."""
    _stand(state, entry)
    if entry.kind in _ABOUT_ONE:
        held = state.submissions.get(entry.submission or 0)
        if held is None:
            state.faults.append(
                f"entry {entry.seq} ({entry.kind}) is about submission {entry.submission}, which is not there"
            )
        else:
            _ABOUT_ONE[entry.kind](state, held, entry)
    elif entry.kind in _ABOUT_ALL:
        _ABOUT_ALL[entry.kind](state, entry)


def about(connection: Connection, number: int) -> Held:
    """What the ledger says of one submission now; raises NotFound where there is none."""
    source = connection.scalar(select(submissions.c.source).where(submissions.c.id == number))
    if source is None:
        raise NotFound(f"there is no submission {number}")
    back = entries(connection, kinds=[Wrote.ROLLED_BACK, Wrote.UNDONE], source=source)
    own = entries(connection, submission=number)
    told = _merged(own, (entry for entry in back if entry.submission is None), entries(connection, kinds=[Wrote.ROOT]))
    return replayed(told).submissions[number]


def about_source(connection: Connection, source: str) -> Iterator[Entry]:
    """All entries that bear on a source and its submissions, in order."""
    return _merged(entries(connection, source=source), entries(connection, kinds=[Wrote.ROOT]))


def _merged(*told: Iterable[Entry]) -> Iterator[Entry]:
    return merge(*told, key=lambda entry: entry.seq)


def _stand(state: State, entry: Entry) -> None:
    if "standing" in entry.body:
        state.standing = entry.body["standing"]
    if "source_standing" in entry.body:
        state.standings[entry.source or ""] = entry.body["source_standing"]
    state.standings.update(entry.body.get("standings", {}))


def _submitted(state: State, entry: Entry) -> None:
    told = {name: entry.body[name] for name in ("key", "digest", "rows", "chunks")}
    state.submissions[entry.seq] = Held(entry.seq, entry.source or "", received=entry.time, **told)


def _judged(state: State, held: Held, entry: Entry) -> None:
    if held.judged is not None:
        state.faults.append(f"submission {held.id} has two verdicts: entries {held.judged} and {entry.seq}")
    held.judged, held.verdict, held.harm = entry.seq, entry.body["decisions"], entry.body["harm"]
    _decided(held, entry)


def _reviewed(state: State, held: Held, entry: Entry) -> None:
    said = Said(entry.seq, entry.who, entry.body["decision"], entry.body["rows"])
    if held.judged is None:
        state.faults.append(f"entry {entry.seq} reviews submission {held.id}, which was not judged")
    if not entry.body["effective"]:
        held.proposals[entry.seq] = said
        return
    held.reviews[entry.seq] = said
    _decided(held, entry)


def _taken_back(state: State, held: Held, entry: Entry) -> None:
    undoes = entry.body["undoes"]
    if not entry.body["effective"]:
        held.proposals[entry.seq] = Said(entry.seq, entry.who, undoes=undoes)
    elif held.proposals.pop(undoes, None) is not None:
        return
    elif held.reviews.pop(undoes, None) is None:
        state.faults.append(f"entry {entry.seq} takes back entry {undoes}, which does not hold")
    else:
        _decided(held, entry)


def _decided(held: Held, entry: Entry) -> None:
    """The decisions are others from this entry on."""
    body = entry.body
    held.decisions, held.counts, held.learned = body["decisions"], body["counts"], body["learned"]
    held.checked, held.bad = body.get("checked", 0), body.get("bad", 0)
    held.proposals.clear()


def _rolled_back(state: State, entry: Entry) -> None:
    state.rollbacks[entry.seq] = entry
    for number in entry.body["submissions"]:
        if number in state.submissions:
            state.submissions[number].rolled_back = entry.seq


def _undone(state: State, entry: Entry) -> None:
    """Of a review, or of a rollback."""
    if entry.submission:
        held = state.submissions.get(entry.submission)
        return _taken_back(state, held, entry) if held else None
    rollback = state.rollbacks.pop(entry.body["undoes"], None)
    if rollback is None:
        state.faults.append(f"entry {entry.seq} takes back entry {entry.body['undoes']}, which does not hold")
        return None
    for number in rollback.body["submissions"]:
        if number in state.submissions:
            state.submissions[number].rolled_back = None
    return None


def _root(state: State, entry: Entry) -> None:
    """Rows that the new root holds are learned no more."""
    state.root = entry
    for number, learned in entry.body.get("learned", {}).items():
        if int(number) in state.submissions:
            state.submissions[int(number)].learned = learned


def _registered(state: State, entry: Entry) -> None:
    state.registers[entry.source or ""] = entry.body["told"]


def _snapshot(state: State, entry: Entry) -> None:
    state.snapshots[entry.seq] = entry


def _model(state: State, entry: Entry) -> None:
    state.models[entry.seq] = entry


def _account(state: State, entry: Entry) -> None:
    """A user or a token, as far as the ledger says what its row holds."""
    of = state.users if entry.body["what"] in _OF_USERS else state.tokens
    told = {key: value for key, value in entry.body.items() if key not in ("what", "name")}
    after = _OF_USERS | _OF_TOKENS
    of[entry.body["name"]] = {**of.get(entry.body["name"], {}), **told, **after[entry.body["what"]]}


_OF_USERS: dict[str, dict[str, bool]] = {
    "user added": {"disabled": False},
    "password changed": {},
    "role changed": {},
    "user disabled": {"disabled": True},
    "user enabled": {"disabled": False},
}
_OF_TOKENS = {"token made": {"revoked": False}, "token revoked": {"revoked": True}}
_ABOUT_ONE: dict[Wrote, Callable[[State, Held, Entry], None]] = {Wrote.JUDGED: _judged, Wrote.REVIEWED: _reviewed}
_ABOUT_ALL: dict[Wrote, Callable[[State, Entry], None]] = {
    Wrote.SUBMITTED: _submitted,
    Wrote.UNDONE: _undone,
    Wrote.ROLLED_BACK: _rolled_back,
    Wrote.ROOT: _root,
    Wrote.REGISTER: _registered,
    Wrote.SNAPSHOT: _snapshot,
    Wrote.MODEL: _model,
    Wrote.ACCOUNT: _account,
}
