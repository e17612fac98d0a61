"""People decide on rows that the gate judged, and take back what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from sqlalchemy import Connection, select, update

from amlsec.errors import Conflict, InvalidInput
from amlsec.evidence import Decision
from amlsec.gate.act import Act
from amlsec.gate.home import Home
from amlsec.gate.ledger import Wrote, append, canonical, entry
from amlsec.gate.looking import found
from amlsec.gate.records import Review, Rollback
from amlsec.gate.replay import Held, Said, State, about, apply
from amlsec.gate.rolling_back import undo_rollback
from amlsec.gate.schema import submissions, users
from amlsec.gate.settling import Among, among_trusted, settled

_TO_SAY = {Decision.ACCEPT: "accept", Decision.REJECT: "reject"}


def review(home: Home, number: int, decision: Decision, act: Act, *, rows: Sequence[int] | None = None) -> Review:
    """A person's decision on all rows of a submission, or on those at some positions.

    Where `gate.toml` asks for two persons, the first one's is a proposal; it lapses when the decisions change otherwise. A
    person is a name: who has two names counts twice, whose account was disabled not at all. A program is none, as whoever
    made its token would count twice.

    Raises InvalidInput where no reason is given, or a position is none of the submission's; NotFound where there is no such
    submission; Conflict where it waits to be judged, was rolled back, or the same person proposed the same before, or a
    program where two persons must.
    """
    act.must_say_why()
    if decision not in _TO_SAY:
        raise InvalidInput("decision", decision, "must be accept or reject")
    with home.database.reading() as connection:
        size = found(connection, number).rows
        among = among_trusted(home, connection, number)
    where = None if rows is None else home.store.put(canonical(_positions(rows, size)).encode())
    return _said(home, number, Said(0, act.who, _TO_SAY[decision], where), act, among)


def undo(home: Home, number: int, act: Act) -> Review | Rollback:
    """Take back a review or a rollback; reviews of the same rows that came later stay.

    A review that needed two persons is taken back by two, one's own proposal by oneself.

    Raises InvalidInput where no reason is given, NotFound where there is no such entry, Conflict where it is neither or
    does not hold.
    """
    act.must_say_why()
    with home.database.reading() as connection:
        undone = entry(connection, number)
    if undone.kind == Wrote.ROLLED_BACK:
        return undo_rollback(home, number, act)
    if undone.kind not in _ABOUT or undone.submission is None:
        raise Conflict(f"entry {number} is {undone.kind}: only reviews and rollbacks are undone")
    with home.database.reading() as connection:
        held = about(connection, undone.submission)
        among = among_trusted(home, connection, undone.submission)
    if number in held.reviews:
        return _said(home, held.id, Said(0, act.who, undoes=number), act, among)
    return _withdrawn(home, held.id, number, act)


def _said(home: Home, number: int, said: Said, act: Act, among: Among) -> Review:
    """Write what a person says of a submission; it holds where enough persons say so."""
    if home.config.review.persons > 1 and said.who.startswith("token:"):
        raise Conflict(f"two people must say the same, and {said.who} is none: let them sign in")
    with home.database.writing() as connection:
        held = _open(connection, number)
        if said.undoes is not None:
            _must_hold(held.reviews, said.undoes)
        seconds = _seconded(connection, held, said)
        effective = seconds is not None or home.config.review.persons == 1
        after = settled(home, connection, held, said, among) if effective else {"decisions": None, "counts": None}
        body = {"effective": effective, "persons": home.config.review.persons, "confirms": seconds, **after}
        if said.undoes is not None:
            return _written(connection, held, Wrote.UNDONE, act, {"undoes": said.undoes, **body})
        return _written(connection, held, Wrote.REVIEWED, act, {"decision": said.decision, "rows": said.rows, **body})


def _withdrawn(home: Home, submission: int, number: int, act: Act) -> Review:
    """A proposal that its own maker takes back."""
    with home.database.writing() as connection:
        held = _open(connection, submission)
        _must_hold(held.proposals, number)
        if held.proposals[number].who != act.who:
            raise Conflict(
                f"entry {number} is only a proposal, and {held.proposals[number].who}'s: let it be, or say otherwise"
            )
        return _written(connection, held, Wrote.UNDONE, act, {"undoes": number, "effective": True})


def _seconded(connection: Connection, held: Held, said: Said) -> int | None:
    """The proposal of somebody else, who may sign in still, that says the same."""
    same = [one for one in held.proposals.values() if one.same(said)]
    if any(one.who == said.who for one in same):
        raise Conflict(f"{said.who} proposed the same of submission {held.id} already: a second person must say it")
    return next((one.entry for one in same if not _disabled(connection, one.who)), None)


def _disabled(connection: Connection, who: str) -> bool:
    """Whether somebody's account was disabled; who works beside the gate has none."""
    name = who.removeprefix("user:")
    return name != who and bool(connection.scalar(select(users.c.disabled).where(users.c.name == name)))


def _must_hold(said: dict[int, Said], number: int) -> None:
    if number not in said:
        raise Conflict(f"entry {number} does not hold: it was undone, another one confirmed it, or it lapsed")


def _open(connection: Connection, number: int) -> Held:
    """A submission that people may decide on."""
    held = about(connection, number)
    if held.judged is None:
        raise Conflict(f"submission {number} waits to be judged")
    if held.rolled_back is not None:
        raise Conflict(f"submission {number} was rolled back by entry {held.rolled_back}: undo that first")
    return held


def _written(connection: Connection, held: Held, kind: Wrote, act: Act, body: dict[str, Any]) -> Review:
    """The entry, and the submission as it is after it."""
    written = append(connection, kind, act, body, submission=held.id, source=held.source)
    apply(State({held.id: held}), written)
    connection.execute(update(submissions).where(submissions.c.id == held.id).values(**held.row()))
    return Review(written.seq, held.id, written.body["effective"], **held.counts)


def _positions(rows: Sequence[int], size: int) -> list[int]:
    """Sorted, each once."""
    if not len(rows) or any(isinstance(row, bool) or not isinstance(row, Integral) for row in rows):
        raise InvalidInput("rows", list(rows)[:10], "must be positions of rows, at least one")
    found = sorted({int(row) for row in rows})
    if found[0] < 0 or found[-1] >= size:
        raise InvalidInput("rows", found[0] if found[0] < 0 else found[-1], f"must lie in 0..{size - 1}")
    return found


_ABOUT = (Wrote.REVIEWED, Wrote.UNDONE)
