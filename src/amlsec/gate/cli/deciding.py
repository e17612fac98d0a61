"""A person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, Json, Reason, act, answer, opened, say

if TYPE_CHECKING:
    from amlsec.gate.records import Review

_MOST = 10_000_000


def add_to(gate: typer.Typer) -> None:
    """Add the commands."""
    gate.command()(review)
    gate.command()(undo)


def review(
    number: Annotated[int, typer.Argument(help="number of the submission")],
    decision: Annotated[str, typer.Argument(help="accept or reject")],
    reason: Reason,
    rows: Annotated[str | None, typer.Option(help="only these rows, by position, such as 3,7-9; default: all")] = None,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Decide on a submission, or on some of its rows: what is accepted is trained on from the next snapshot."""
    from amlsec.errors import InvalidInput
    from amlsec.evidence import Decision

    choices = {"accept": Decision.ACCEPT, "reject": Decision.REJECT}
    if decision not in choices:
        raise InvalidInput("decision", decision, "must be accept or reject")
    with opened(home) as gate:
        done = gate.review(number, choices[decision], act=act(reason), rows=None if rows is None else positions(rows))
        answer(done) if json else _reviewed(done)


def undo(
    entry: Annotated[int, typer.Argument(help="position in the ledger of a review or a rollback")],
    reason: Reason,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Take back a review or a rollback by a new entry; nothing is deleted."""
    with opened(home) as gate:
        done = gate.undo(entry, act=act(reason))
        answer(done) if json else say(f"entry {entry} is undone by entry {done.entry}")


def positions(text: str) -> list[int]:
    """Rows named by position, each once, ascending.

    Raises InvalidInput where something else stands there.

    >>> positions("3, 7-9,8")
    [3, 7, 8, 9]
    """
    from amlsec.errors import InvalidInput

    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)):
            raise InvalidInput("rows", text, "must be positions and ranges of them, such as 3,7-9")
        if int(last or first) - int(first) > _MOST:
            raise InvalidInput("rows", text, f"a range must hold at most {_MOST:,} rows")
        found.update(range(int(first), int(last or first) + 1))
    return sorted(found)


def _reviewed(done: Review) -> None:
    if not done.effective:
        say(f"entry {done.entry}: a second person must say the same before it holds")
        return
    counts = f"{done.accepted:,} rows accepted, {done.quarantined:,} quarantined, {done.rejected:,} rejected"
    say(f"entry {done.entry}: submission {done.submission} now has {counts}")
