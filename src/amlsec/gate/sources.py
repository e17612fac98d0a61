"""What a gate knows of its sources: who can write to them, what they sent, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Select, case, cast, func, select, update

from amlsec.errors import Conflict, NotFound
from amlsec.gate import standings
from amlsec.gate.act import Act
from amlsec.gate.home import Home
from amlsec.gate.judging.standing import Common, Own
from amlsec.gate.ledger import Entry, Wrote, append, canonical
from amlsec.gate.records import SourceRecord
from amlsec.gate.replay import Held, State, about_source, apply
from amlsec.gate.schema import sources as table
from amlsec.gate.schema import standing, submissions
from amlsec.gate.submitting import named
from amlsec.register import Register, Source, source_of


def sources(home: Home) -> list[SourceRecord]:
    """All sources, the most probably compromised first."""
    with home.database.reading() as connection:
        training = _training(connection)
        found = [_record(row, training) for row in connection.execute(_counted())]
    return sorted(found, key=lambda record: (-record.likelihood[0], record.name))


def source(home: Home, name: str) -> SourceRecord:
    """What is known of a source; raises NotFound where it was never heard of."""
    with home.database.reading() as connection:
        return _found(connection, name)


def known(connection: Connection) -> Register:
    """The register as it is now: what was told of each source, and its track record.

    Rows that people decided on count as judged, the rejected ones as bad; so do rows that were learned and then rolled
    back, for that is what a rollback says of them.
    """
    return Register(tuple(_source(row) for row in connection.execute(_counted())))


def clear(home: Home, name: str, act: Act) -> SourceRecord:
    """Let a source that its sentinel holds begin anew; raises Conflict where it is not held."""
    act.must_say_why()
    with home.database.writing() as connection:
        if not _found(connection, name).held:
            raise Conflict(f"source {name} is not held")
        told = standings.keep(connection, name, standings.of(connection, name).cleared())
        append(connection, Wrote.CLEARED, act, told, source=name)
        return _found(connection, name)


def register(home: Home, name: str, told: dict[str, Any], act: Act) -> SourceRecord:
    """Say who can write to a source, how it is checked and labelled; what is left out is as of an unknown source.

    Raises InvalidInput where the name is none, a key is unknown or its value breaks its rule.
    """
    named("source", name)
    source_of(name, told, "what is told")
    with home.database.writing() as connection:
        standings.known(connection, name)
        connection.execute(update(table).where(table.c.name == name).values(register=canonical(told)))
        append(connection, Wrote.REGISTER, act, {"told": told}, source=name)
        return _found(connection, name)


def risk(home: Home, name: str) -> list[dict[str, Any]]:
    """A source's numbers over time: one dict an entry that changed them, oldest first."""
    with home.database.reading() as connection:
        _found(connection, name)
        return list(_over_time(name, about_source(connection, name)))


def _over_time(name: str, told: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    state, records, likelihood = State(), _Records(), Register().likelihood(name)
    for entry in told:
        apply(state, entry)
        records.follow(_touched(state, entry))
        if entry.kind not in _CHANGES or entry.body.get("effective") is False:  # a proposal changes nothing yet
            continue
        if entry.kind != Wrote.JUDGED:
            source = _with_record(name, state.registers.get(name, {}), records.judged, records.bad)
            likelihood = Register((source,)).likelihood(name)
        yield {
            "entry": entry.seq,
            "kind": str(entry.kind),
            "time": entry.time,
            "submission": entry.submission,
            **entry.body.get("counts", {}),
            "likelihood": (likelihood.value, likelihood.low, likelihood.high),
            "strength": Own.from_json(state.standings[name]).watch.strength if name in state.standings else 0.0,
            "held": name in state.standings and state.standings[name]["watch"]["suspended"],
        }


@dataclass(slots=True)
class _Records:
    """Rows of a source that count in its track record, and how many as bad: sums that follow what changes."""

    judged: int = 0
    bad: int = 0
    each: dict[int, tuple[int, int]] = field(default_factory=dict)

    def follow(self, changed: Iterable[Held]) -> None:
        """Let these submissions count as they are now."""
        for held in changed:
            (judged, bad), (had, were_bad) = held.record, self.each.get(held.id, (0, 0))
            self.judged, self.bad = self.judged + judged - had, self.bad + bad - were_bad
            self.each[held.id] = held.record


def _touched(state: State, entry: Entry) -> Iterable[Held]:
    """Submissions whose record an entry may have changed."""
    if entry.kind == Wrote.ROOT:
        return state.submissions.values()
    numbers = [entry.submission] if entry.submission else entry.body.get("submissions", ())
    return [state.submissions[number] for number in numbers if number in state.submissions]


def _with_record(name: str, told: dict[str, Any], judged: int, bad: int) -> Source:
    said = Source(name, **told)
    return replace(said, judged=said.judged + judged, bad=said.bad + bad)


def _source(row: Row[Any]) -> Source:
    return _with_record(row.name, json.loads(row.register), row.judged, row.bad)


def _found(connection: Connection, name: str) -> SourceRecord:
    row = connection.execute(_counted().where(table.c.name == name)).first()
    if row is None:
        raise NotFound(f"there is no source {name!r}")
    return _record(row, _training(connection))


def _training(connection: Connection) -> int:
    common = Common(**json.loads(connection.scalar(select(standing.c.value)) or ""))
    return common.root + common.learned


def _record(row: Row[Any], training: int) -> SourceRecord:
    stands, likelihood = json.loads(row.standing), Register((_source(row),)).likelihood(row.name)
    return SourceRecord(
        **{name: getattr(row, name) for name in ("name", "last_received", "submissions", *_SUMS)},
        share=row.learned / training,
        likelihood=(likelihood.value, likelihood.low, likelihood.high),
        register=json.loads(row.register),
        standing=stands,
        held=stands["watch"]["suspended"],
    )


def _counted() -> Select[Any]:
    """Each source with the sums over its submissions; of those rolled back nothing is learned, and what was, was bad."""
    back, own = submissions.c.rolled_back.is_not(None), submissions.c
    sums = {name: own[name] for name in _SUMS} | {
        "learned": case((back, 0), else_=own.learned),
        "judged": case((back, own.learned + own.bad), else_=own.checked),
        "bad": case((back, own.learned + own.bad), else_=own.bad),
    }
    return (
        select(
            table,
            func.count(own.id).label("submissions"),
            func.max(own.received).label("last_received"),
            *(cast(func.coalesce(func.sum(column), 0), BigInteger).label(name) for name, column in sums.items()),
        )
        .outerjoin(submissions, own.source == table.c.name)
        .group_by(*table.c)
    )


_SUMS = ("rows", "accepted", "quarantined", "rejected", "learned")
_CHANGES = (Wrote.JUDGED, Wrote.REVIEWED, Wrote.UNDONE, Wrote.ROLLED_BACK, Wrote.CLEARED, Wrote.REGISTER)
