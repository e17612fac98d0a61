"""Rows are handed in, judged and looked at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, Json, act, answer, facts, opened, say, table

if TYPE_CHECKING:
    from amlsec.gate.records import Submission
    from amlsec.gate.service import Gate

HELD_BACK = 1
"""The exit code where a row is not accepted."""
MOST_SHOWN = 5
"""Rows that are shown of a submission."""
_PARTS = ("source", "received", "rows", "stands", "accepted", "quarantined", "rejected", "harm")
Limit = Annotated[int, typer.Option(help="how many are shown")]


def add_to(gate: typer.Typer) -> None:
    """Add the commands."""
    for command in (submit, status, queue, search):
        gate.command()(command)


def submit(
    file: Annotated[Path, typer.Argument(help="rows: CSV, JSON lines, Parquet or Arrow; - reads standard input")],
    source: Annotated[str, typer.Option(help="name of the source that the rows come from")],
    key: Annotated[str | None, typer.Option(help="name by which the source knows these rows, such as a date")] = None,
    format: Annotated[
        str | None, typer.Option(help="csv, jsonl, parquet or arrow; default: what the file's name and bytes say")
    ] = None,
    wait: Annotated[bool, typer.Option(help="judge now; without it a worker does (amlsec gate work)")] = True,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Hand in rows of one source and judge them. The same rows, or the same key, again are the same submission.

    Exit codes: 0 every row is accepted (or waits, with --no-wait), 1 a row is quarantined or rejected, 2 a wrong call,
    3 the database or the store is away: then nothing was taken.
    """
    from amlsec.gate.serving.inline import judged

    with opened(home) as gate:
        given = sys.stdin.buffer if str(file) == "-" else file
        receipt = gate.submit(given, source, act=act(), key=key, format=format)
        for note in () if json else receipt.notes:
            say(note)
        if not wait:
            answer(receipt) if json else say(f"submission {receipt.submission}: {receipt.rows:,} rows wait for a verdict")
            return
        found = judged(gate, receipt.submission)
        answer(found) if json else _tell(gate, found)
    raise typer.Exit(0 if found.accepted == found.rows else HELD_BACK)


def status(
    number: Annotated[int | None, typer.Argument(help="number of a submission; default: the latest ones")] = None,
    source: Annotated[str | None, typer.Option(help="only those of this source")] = None,
    limit: Limit = 20,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Show what holds of a submission, and why; or list the latest ones."""
    with opened(home) as gate:
        if number is None:
            found = gate.submissions(source=source, limit=limit)
            answer(found) if json else _list(found)
            return
        one = gate.submission(number)
        if json:
            answer({"submission": one, "evidence": gate.evidence(number), "history": gate.history(number)})
        else:
            _tell(gate, one)


def queue(limit: Limit = 20, home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """List what waits for a person, most harmful first."""
    with opened(home) as gate:
        found = gate.queue(limit=limit)
        answer(found) if json else _list(found)


def search(
    words: Annotated[str, typer.Argument(help="what a source, a key, a reason or a quarantined row holds")],
    limit: Limit = 20,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Find submissions by their words, newest first."""
    with opened(home) as gate:
        found = gate.search(words, limit=limit)
        answer(found) if json else _list(found)


def _list(found: list[Submission]) -> None:
    table(("number", *_PARTS), ([str(one.id), *(getattr(one, part) for part in _PARTS)] for one in found))


def _tell(gate: Gate, found: Submission) -> None:
    """What holds of a submission and why, and its most suspect rows that are held back."""
    say(f"submission {found.id} of {found.source}: {found.stands}")
    facts((part, getattr(found, part)) for part in ("rows", "accepted", "quarantined", "rejected", "harm", "received"))
    if found.error:
        say(f"not judged yet: {found.error}")
    for told in _reasons(gate.evidence(found.id)):
        say(f"  {told}")
    if found.quarantined or found.rejected:
        _show_worst(gate, found.id)


def _reasons(evidence: dict[str, Any]) -> Iterator[str]:
    for check in evidence.get("checks", []):
        if check["fired"]:
            yield f"{check['name']} ({check['rows']:,} rows): {check['says']}"


def _show_worst(gate: Gate, number: int) -> None:
    parts = ("decision", "p", "reason")
    held = [row for row in gate.rows(number, limit=MOST_SHOWN).to_pylist() if row["decision"] != "accept"]
    table(("row", *parts), ([str(row["position"]), *(row[part] for part in parts)] for row in held))
