"""`amlsec papers`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from amlsec.papers import Paper


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("papers")(_papers)


def _papers(
    search: Annotated[list[str] | None, typer.Argument(help="words in author, title, venue, year or note")] = None,
    section: Annotated[str, typer.Option(help="only this section, such as 'Spam Filtering'")] = "",
    cell: Annotated[str, typer.Option(help="only what attacks or answers here, such as 'causative availability'")] = "",
    implemented: Annotated[bool, typer.Option("--implemented", help="only what something here runs")] = False,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="print them as BibTeX")] = False,
) -> None:
    """List the literature: who wrote what, and which attack, defense or reproduction here follows it."""
    chosen = [paper for paper in _selected(section, cell, " ".join(search or ())) if paper.implemented or not implemented]
    if bibtex:
        from amlsec.literature.bibtex import bibtex as written

        typer.echo(written(paper.work for paper in chosen), nl=False)
    else:
        _show(chosen)


def _selected(section: str, cell: str, words: str) -> list[Paper]:
    from amlsec.cli.cells import cell_of
    from amlsec.papers import in_section, papers

    threat = cell_of(cell)
    return [
        paper
        for paper in (in_section(section) if section else papers())
        if paper.mentions(words) and (not cell or paper.touches(threat))
    ]


def _show(chosen: list[Paper]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("who", "title", "section", "here", "tried again by", box=None, pad_edge=False, header_style="bold")
    for paper in chosen:
        members, scripts = (card.name for card in paper.members), paper.work.reproduced
        table.add_row(
            paper.work.cited, paper.work.title, paper.work.section, ", ".join(members) or "-", ", ".join(scripts) or "-"
        )
    Console(width=None if sys.stdout.isatty() else 200).print(table)
