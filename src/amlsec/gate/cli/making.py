"""A gate is made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, act, needed, say, text_of


def add_to(gate: typer.Typer) -> None:
    """Add the command."""
    gate.command()(init)


def init(
    trusted: Annotated[Path, typer.Argument(help="rows that are known to be right: CSV, JSON lines, Parquet or Arrow")],
    target: Annotated[str, typer.Option(help="column that holds the label")],
    text: Annotated[str | None, typer.Option(help="column that holds the text")] = None,
    time: Annotated[str | None, typer.Option(help="column that says when each row came")] = None,
    malicious: Annotated[list[str] | None, typer.Option(help="labels that are malicious; may be repeated")] = None,
    benign: Annotated[list[str] | None, typer.Option(help="labels that are benign; may be repeated")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="policy (TOML); default: RONI of rows and the sources' provenance")
    ] = None,
    database: Annotated[str | None, typer.Option(help="URL of SQLite or PostgreSQL; default: a file in the home")] = None,
    objects: Annotated[
        str | None, typer.Option(help="folder or URL of fsspec (s3://…); default: a folder in the home")
    ] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Make a gate in a new folder; its rows will look as those of TRUSTED, which nobody else may have written."""
    needed()
    from amlsec.gate.service import Gate
    from amlsec.tables.load import Columns, Labels

    made = Gate.init(
        home,
        trusted,
        Columns(target, time=time, text=text),
        Labels(tuple(malicious or ()), tuple(benign or ())),
        act=act(),
        policy=None if policy is None else text_of(policy, "policy"),
        settings=places(database, objects),
    )
    labels, root = made.home.form.labels, [*made.entries()][-1]
    made.close()
    for note in root["body"]["notes"]:
        say(note)
    say(f"{home}: ready. Malicious: {', '.join(labels.malicious)}; benign: {', '.join(labels.benign)}.")


def places(database: str | None, objects: str | None) -> dict[str, Any]:
    """What `gate.toml` says of these."""
    told = {"database": database, "objects": {"url": objects} if objects else None}
    return {name: value for name, value in told.items() if value}
