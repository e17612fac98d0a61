"""What a gate holds, written out for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, opened, say

Out = Annotated[Path, typer.Argument(help="file to write")]
Format = Annotated[str, typer.Option(help="csv (formulas neutralised), jsonl or parquet")]


def add_to(gate: typer.Typer) -> None:
    """Add the commands."""
    export = typer.Typer(no_args_is_help=True, help="Write out what the gate holds.")
    for command in (ledger, quarantine, rows):
        export.command()(command)
    gate.add_typer(export, name="export")


def ledger(file: Out, home: Home = DEFAULT_HOME) -> None:
    """Write every entry of the ledger, one JSON object a line."""
    with opened(home) as gate:
        gate.export_ledger(file)
    say(str(file))


def quarantine(file: Out, format: Format = "csv", home: Home = DEFAULT_HOME) -> None:
    """Write all rows that wait for a person, with where they came from and why they wait."""
    with opened(home) as gate:
        gate.export_quarantine(file, format)
    say(str(file))


def rows(
    number: Annotated[int, typer.Argument(help="number of the submission")],
    file: Out,
    format: Format = "csv",
    home: Home = DEFAULT_HOME,
) -> None:
    """Write the rows of a submission, with what was decided of each."""
    with opened(home) as gate:
        gate.export_rows(number, file, format)
    say(str(file))
