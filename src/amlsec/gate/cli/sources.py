"""What is known of sources, and told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, Json, Reason, act, answer, facts, opened, say, table

if TYPE_CHECKING:
    from amlsec.gate.records import SourceRecord

_PARTS = ("submissions", "rows", "accepted", "quarantined", "rejected", "learned")
Name = Annotated[str, typer.Argument(help="name of the source")]


def add_to(gate: typer.Typer) -> None:
    """Add the commands."""
    for command in (sources, register, clear):
        gate.command()(command)


def sources(
    name: Annotated[str | None, typer.Argument(help="name of a source; default: all, the most suspect first")] = None,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Show what every source sent and taught, and how likely it is compromised."""
    with opened(home) as gate:
        if name is None:
            found = gate.sources()
            answer(found) if json else _list(found)
        elif json:
            answer({"source": gate.source(name), "risk": gate.risk(name)})
        else:
            _tell(gate.source(name))


def register(
    name: Name,
    exposure: Annotated[str | None, typer.Option(help="who can write to it: anyone, registered, partners or staff")] = None,
    authenticated: Annotated[
        bool | None, typer.Option("--authenticated/--anonymous", help="whether who writes to it is known")
    ] = None,
    labelled: Annotated[str | None, typer.Option(help="who labels its rows: users, automatic or experts")] = None,
    verified: Annotated[float | None, typer.Option(help="share of its rows whose label somebody checks, in [0, 1]")] = None,
    about: Annotated[str | None, typer.Option(help="what it is")] = None,
    reason: Annotated[str, typer.Option(help="why; stands in the ledger")] = "",
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Say who can write to a source, how it is checked and labelled; what is not said is as of one that nobody knows."""
    given = {
        "exposure": exposure,
        "authenticated": authenticated,
        "labelled": labelled,
        "verified": verified,
        "about": about,
    }
    told: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    with opened(home) as gate:
        found = gate.register(name, told, act=act(reason))
        answer(found) if json else _tell(found)


def clear(name: Name, reason: Reason, home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """Let a source begin anew that is suspended because its small harms added up."""
    with opened(home) as gate:
        found = gate.clear(name, act=act(reason))
        answer(found) if json else say(f"{name} begins anew")


def _list(found: list[SourceRecord]) -> None:
    columns = ("source", "compromised", *_PARTS, "share", "suspended", "last received")
    table(
        columns,
        ([one.name, _likelihood(one), *_counts(one), f"{one.share:.1%}", one.held, one.last_received] for one in found),
    )


def _counts(one: SourceRecord) -> list[int]:
    return [getattr(one, part) for part in _PARTS]


def _tell(one: SourceRecord) -> None:
    counts = zip(_PARTS, _counts(one), strict=True)
    learned = [("share", f"{one.share:.1%}"), ("suspended", one.held), ("last received", one.last_received)]
    facts([("source", one.name), ("compromised", _likelihood(one)), *counts, *learned, *one.register.items()])


def _likelihood(one: SourceRecord) -> str:
    value, low, high = one.likelihood
    return f"{value:.0%} ({low:.0%} to {high:.0%})"
