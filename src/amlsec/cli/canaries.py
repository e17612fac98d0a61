"""`amlsec canaries`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

canaries = typer.Typer(no_args_is_help=True, help="Rows planted in the training data that the model must not give away.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(canaries, name="canaries")


@canaries.command("plant")
def _plant(
    data: Annotated[Path, typer.Argument(help="table they are planted in: CSV, TSV, JSON lines, Parquet or Arrow")],
    target: Annotated[str, typer.Option(help="column that holds the label")],
    source: Annotated[str | None, typer.Option(help="column that says where each row came from")] = None,
    time: Annotated[str | None, typer.Option(help="column that says when each row came")] = None,
    text: Annotated[str | None, typer.Option(help="column that holds the text")] = None,
    malicious: Annotated[list[str] | None, typer.Option(help="labels that are malicious; may be repeated")] = None,
    benign: Annotated[list[str] | None, typer.Option(help="labels that are benign; may be repeated")] = None,
    count: Annotated[int, typer.Option(help="how many are drawn; about half of them are held back")] = 16,
    copies: Annotated[int, typer.Option(help="how often each planted one is to stand in the data")] = 1,
    pattern: Annotated[str, typer.Option(help="sentence of a text canary, {} for its secret")] = "my access code is {}",
    holder: Annotated[str, typer.Option(help="who knows of them")] = "",
    about: Annotated[str, typer.Option(help="whose data they stand for")] = "",
    seed: Annotated[int | None, typer.Option(help="seed of all that is random; who knows it knows them")] = None,
    out: Annotated[Path, typer.Option(help="folder for the register and the rows")] = Path("amlsec-canaries"),
) -> None:
    """Draw canaries for DATA: the rows to be added to it, and the register by which an audit finds them again.

    A coin says which of them are planted; the others are held back, to compare. DATA stays as it is, and no file is
    overwritten.
    """
    from amlsec.canaries.files import save
    from amlsec.canaries.plant import Wanted, plant
    from amlsec.tables.load import Columns, Labels

    columns, labels = Columns(target, source, time, text), Labels(tuple(malicious or ()), tuple(benign or ()))
    wanted = Wanted(count, copies, pattern, holder=holder, about=about)
    rows, register = plant(data, columns, labels, wanted=wanted, seed=seed)
    planted = sum(canary.planted for canary in register.canaries.values())
    for path in save(rows, register, out, data):
        typer.echo(path)
    typer.echo(f"{planted} of {count} canaries are to be planted: add the {len(rows)} rows to the training data.")


@canaries.command("list")
def _list(register: Annotated[Path, typer.Argument(help="register of canaries (TOML)")]) -> None:
    """List the canaries of a register: which are planted, how often, since when, and what they stand for."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from amlsec.canaries.register import read
    from amlsec.plain import line

    table = Table("name", "label", "copies", "planted", "held by", "stands for", box=None, pad_edge=False)
    for name, canary in read(register).canaries.items():
        since = str(canary.on or "yes") if canary.planted else "held back"
        told = name, canary.label, str(canary.copies), since, canary.holder, canary.about
        table.add_row(*(Text(line(value, 60)) for value in told))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
