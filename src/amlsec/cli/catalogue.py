"""`amlsec catalogue` and `amlsec show`."""

from __future__ import annotations

import inspect
import sys
from typing import Annotated, Any

import typer

from amlsec.cli.cells import cell_of


def add_to(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("catalogue")(_catalogue)
    app.command("show")(_show)


def _catalogue(
    cell: Annotated[str, typer.Option(help="only this cell or part of it, such as 'causative availability'")] = "",
    kind: Annotated[str, typer.Option(help="only this kind, such as evasion, poisoning, screen or learner")] = "",
) -> None:
    """List every attack and defense."""
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "kind", "code", "threat", "what it does", box=None, pad_edge=False, header_style="bold")
    for card in _selected(cell, kind):
        table.add_row(card.name, card.kind, card.code or "-", "\n".join(map(str, card.threats)), card.summary)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _selected(cell: str, kind: str) -> list[Any]:
    from amlsec.catalogue import Kind, discover
    from amlsec.errors import InvalidInput

    if kind and kind not in list(Kind):
        raise InvalidInput("kind", kind, f"must be one of {', '.join(Kind)}")
    asked = cell_of(cell)
    return [card for card in discover() if kind in ("", card.kind) and any(threat.meets(asked) for threat in card.threats)]


def _show(
    name: Annotated[
        str, typer.Argument(help="a member's name, such as dictionary, or what a report calls it, as AML-P03 or RONI")
    ],
) -> None:
    """Show one attack or defense: what it does, where it stands in the threat model, what it needs, who wrote of it."""
    from amlsec.literature.reader import references

    card = _called(name)
    typer.echo(f"{card.name} ({card.kind}{', ' + card.code if card.code else ''})\n\n{inspect.getdoc(card.run)}\n")
    typer.echo("\n".join(f"{key:<10} {value}" for key, value in _facts(card)))
    for key in card.references:
        typer.echo("\n".join(_cited(key, references().get(key))))


def _called(said: str) -> Any:
    """The card of this name, or else of this code or title, as reports write them, in small letters or great ones."""
    from amlsec.catalogue import discover, named

    asked = said.casefold()
    told = (card for card in discover() if asked and asked in (card.code.casefold(), card.title.casefold()))
    return next(told, None) or named(said)


def _cited(key: str, work: Any) -> list[str]:
    """The work with its id, and the scripts that try it again; the key alone of one that is not in our list."""
    if work is None:
        return [f"{'reference':<10} {key}"]
    again = ", ".join(f"reproductions/{name}.py" for name in work.reproduced)
    return [f"{'reference':<10} {work} {work.identifier}", *([f"{'':<10} tried again by {again}"] if again else [])]


def _facts(card: Any) -> list[tuple[str, str]]:
    facts = [("threat", "; ".join(map(str, card.threats))), ("spaces", ", ".join(card.spaces))]
    if card.kind.is_attack:
        facts += [("access", card.access), ("knowledge", card.knowledge)]
        facts += [(standard, ", ".join(ids)) for standard, ids in card.standards.as_dict().items()]
    else:
        facts += [("mitigation", ", ".join(card.mitigations))]
    return [*facts, *((standard, ", ".join(ids)) for standard, ids in card.auditors.items())]
