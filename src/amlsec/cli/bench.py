"""`amlsec bench`."""

from __future__ import annotations

from typing import Any

import typer

from amlsec.bench.settings import BenchSettings
from amlsec.cli.options import as_options
from amlsec.cli.stopping import stoppable
from amlsec.deprecation import Place

MOST_REASONS = 5
bench = typer.Typer(no_args_is_help=True, help="Attacks against defenses on several data sets, as one table.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    bench.command("poisoning")(as_options(_poisoning, BenchSettings, Place.BENCH))
    app.add_typer(bench, name="bench")


def _poisoning(**given: Any) -> None:
    """Measure what each defense leaves of each poisoning attack on DATA, by attackers who know the defense or do not.

    Writes the table (JSON, CSV, Markdown) and a heat map for each share into the folder --out. A bench that was stopped
    goes on where it was.
    """
    from amlsec.audit.terminal import progress
    from amlsec.bench.files import write
    from amlsec.bench.run import benched
    from amlsec.bench.settings import settings

    asked = settings({name: value for name, value in given.items() if value is not None and value != []})
    with stoppable(), progress() as report_progress:
        found = benched(asked, report_progress)
    for path in write(found, asked.out):
        typer.echo(path)
    for why, games in list(found.because.items())[:MOST_REASONS]:
        typer.echo(f"{games} games were not run: {why}")
    if found.games_not_run:
        typer.echo("The same command goes on from there.")
