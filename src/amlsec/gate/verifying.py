"""Whether a gate is as it was written: its ledger, its objects, its checkpoints, and all tables that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from amlsec.errors import AmlsecError, GateUnavailable, InvalidInput, Tampered
from amlsec.gate.act import Act
from amlsec.gate.home import Home
from amlsec.gate.in_force import rows_of
from amlsec.gate.learned import Trusted
from amlsec.gate.ledger import FIRST, Entry, Wrote, append, chain_faults, entries, head
from amlsec.gate.projections import projection_faults
from amlsec.gate.records import Verified
from amlsec.gate.referenced import referenced
from amlsec.gate.replay import State, apply
from amlsec.gate.schema import ledger
from amlsec.gate.signing import Checkpoint, public_key
from amlsec.gate.tracing import row_faults, snapshot_faults
from amlsec.tables.files import one_line

UNSEEN = "tables and objects were not looked at: what they must be, only a ledger that holds can tell"


def verify(home: Home, *, key: Path | None = None, checkpoints: Sequence[Path] = ()) -> Verified:
    """Look at everything that is kept, in one state of all tables, however long it takes.

    It finds any change of an entry, an object, or a row of a table that follows from the ledger, and whether the decisions
    on each submission, the rows learned of it and the last snapshot follow from what they are said to. `key` is the public
    key file that must have signed every checkpoint, else each is held against the key it names itself; `checkpoints` are
    files that were kept elsewhere.

    What it cannot see: entries cut off at the end, with all that followed from them, unless a checkpoint kept elsewhere is
    of one of them; entries added, or a ledger written anew from its beginning, by who can write to the database, unless
    such a checkpoint shows another chain, and all of it for who has the private key too; which worker holds a job, who is
    signed in, and which calls were refused, as the ledger does not tell.

    Raises InvalidInput where a key or a checkpoint file cannot be read.
    """
    kept = [Checkpoint.read(Path(file)) for file in checkpoints]
    if key is not None:
        public_key(key)
    with home.database.reading() as connection:
        end = connection.execute(select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)).first()
        if end is None:
            return Verified(0, 0, len(kept), FIRST, ("the ledger is empty: entries were cut off", UNSEEN))
        broken = list(chain_faults(connection))
        if broken:
            return Verified(end.seq, 0, len(kept), end.hash, (*broken, UNSEEN))
        read = _read(connection)
        signed = [*read.checkpoints, *kept]
        found = [
            *read.state.faults,
            *_followed(projection_faults(connection, read.state)),
            *_followed(_object_faults(home, connection, read)),
            *_checkpoint_faults(connection, signed, key),
        ]
    return Verified(end.seq, len(read.objects), len(signed), end.hash, tuple(found))


def checkpoint(home: Home, key: Path, act: Act) -> dict[str, Any]:
    """Sign the ledger's last entry with a private key file; the checkpoint, of which the ledger keeps a copy."""
    with home.database.writing() as connection:
        last = head(connection)
        assert last
        told = Checkpoint.signed(last.seq, last.hash, last.time, key).model_dump()
        append(connection, Wrote.CHECKPOINT, act, told)
    return told


@dataclass(slots=True)
class _Read:
    """What the entries say: the state, all objects they name and all checkpoints they hold."""

    state: State = field(default_factory=State)
    objects: set[str] = field(default_factory=set)
    checkpoints: list[Checkpoint] = field(default_factory=list)


def _read(connection: Connection) -> _Read:
    read = _Read()
    for entry in entries(connection):
        try:
            _take(read, entry)
        except (KeyError, TypeError, ValueError, AttributeError):
            read.state.faults.append(f"entry {entry.seq} ({entry.kind}) says what no gate writes")
    return read


def _take(read: _Read, entry: Entry) -> None:
    read.objects.update(referenced(entry))
    if entry.kind == Wrote.CHECKPOINT:
        read.checkpoints.append(Checkpoint.model_validate(entry.body))
    apply(read.state, entry)


def _followed(faults: Iterator[str]) -> Iterator[str]:
    """These, and one more where an entry written anew by somebody says what nobody can follow."""
    try:
        yield from faults
    except GateUnavailable:
        raise
    except (AmlsecError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        yield f"what the ledger says cannot be followed: {type(error).__name__}: {one_line(error)}"


def _checkpoint_faults(connection: Connection, signed: Sequence[Checkpoint], key: Path | None) -> Iterator[str]:
    for one in signed:
        at = next(entries(connection, after=one.position - 1, upto=one.position), None)
        if at is None:
            yield f"the checkpoint of entry {one.position} is beyond the ledger's end: entries were cut off"
        elif (at.hash, at.time) != (one.hash, one.time):
            yield f"entry {one.position} is not the one that was signed in a checkpoint: the ledger was written anew"
        yield from _signature_faults(one, key)


def _signature_faults(one: Checkpoint, key: Path | None) -> Iterator[str]:
    if key is None:
        if not one.is_genuine:
            yield f"the checkpoint of entry {one.position} was not signed with the key it names"
        return
    try:
        one.check(key)
    except Tampered as error:
        yield str(error)


def _object_faults(home: Home, connection: Connection, read: _Read) -> Iterator[str]:
    """Objects first, rows then, the last snapshot at the end: only of what holds is asked whether more follows from it."""
    state, bad = read.state, list(_tampered(home, read.objects))
    yield from bad
    if bad or state.faults or state.root is None:
        return
    trusted = Trusted.of(home.form, rows_of(home, state.root))
    wrong = [fault for held in state.submissions.values() for fault in row_faults(home, held, trusted)]
    yield from wrong
    if state.snapshots and not wrong:
        yield from snapshot_faults(home, connection, state.snapshots[max(state.snapshots)])


def _tampered(home: Home, names: set[str]) -> Iterator[str]:
    for name in sorted(names):
        try:
            with home.store.open(name):
                pass
        except (Tampered, InvalidInput) as error:
            yield str(error)
