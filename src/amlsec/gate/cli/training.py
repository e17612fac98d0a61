"""Training data is taken out, and taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, Json, Reason, act, answer, opened, say, table

if TYPE_CHECKING:
    from amlsec.gate.records import Snapshot

_PARTS = ("position", "time", "who", "rows", "tainted")


def add_to(gate: typer.Typer) -> None:
    """Add the commands."""
    for command in (snapshot, snapshots, model, rollback):
        gate.command()(command)


def snapshot(
    out: Annotated[Path | None, typer.Option(help="folder for the data (Parquet), its manifest and its description")] = None,
    number: Annotated[int | None, typer.Option(help="an earlier snapshot, to be written out; default: a new one")] = None,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Fix the training data as it is now: the trusted rows and all that were accepted, reproducible byte for byte."""
    with opened(home) as gate:
        taken = gate.snapshot(act=act()) if number is None else _found(gate.snapshots(), number)
        paths = gate.save(taken.id, out) if out else []
        answer(taken) if json else say(f"snapshot {taken.id}: {taken.rows:,} rows, data {taken.data}")
        for path in [] if json else paths:
            say(str(path))


def snapshots(home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """List all snapshots, newest first, and how many rows of each were rolled back since."""
    with opened(home) as gate:
        found = gate.snapshots()
        answer(found) if json else _list(found)


def model(
    snapshot: Annotated[int, typer.Argument(help="number of the snapshot that it was trained on")],
    name: Annotated[str, typer.Argument(help="name of the model, such as spam-filter-2026-11-26 or a run's id")],
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Note that a model was trained on a snapshot, so that a rollback names it."""
    with opened(home) as gate:
        entry = gate.model(snapshot, name, act=act())
        answer({"entry": entry}) if json else say(f"entry {entry}: {name} was trained on snapshot {snapshot}")


def rollback(
    source: Annotated[str, typer.Option(help="name of the source")],
    since: Annotated[
        str, typer.Option(help="time from which on it is not believed, such as 2026-03-01 or 2026-03-01T12:00+01:00")
    ],
    reason: Reason,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Take back everything that a source taught since a time: a new snapshot without it, and what it has tainted."""
    with opened(home) as gate:
        done = gate.rollback(source, _time(since), act=act(reason))
        if json:
            answer(done)
            return
        say(f"entry {done.entry}: submissions of {source} since {done.since} taken back: {len(done.submissions):,}")
        say(f"{done.rows:,} of their rows had been learned; snapshot {done.snapshot.id} is without them")
        if done.tainted:
            say("these snapshots and models hold some of them:")
            _list(list(done.tainted))


def _time(text: str) -> datetime:
    """A time as told; UTC where no zone is said."""
    from amlsec.errors import InvalidInput

    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("since", text, "must be a time as in ISO 8601, such as 2026-03-01 or 2026-03-01T12:00") from error
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _found(known: list[Snapshot], number: int) -> Snapshot:
    from amlsec.errors import NotFound

    for one in known:
        if one.id == number:
            return one
    raise NotFound(f"there is no snapshot {number}")


def _list(found: list[Snapshot]) -> None:
    rows = ([str(one.id), *(getattr(one, part) for part in _PARTS), ", ".join(one.models)] for one in found)
    table(("snapshot", *_PARTS, "models"), rows)
