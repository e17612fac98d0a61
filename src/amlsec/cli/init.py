"""`amlsec init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from amlsec.cli.stopping import stoppable
from amlsec.errors import AmlsecError
from amlsec.plain import line


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(_init)


def _init(
    data: Annotated[Path | None, typer.Argument(help="table the model is trained on; columns are guessed from it")] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="ask nothing: take every default")] = False,
    answer: Annotated[list[str] | None, typer.Option(help="KEY=VALUE, an answer given beforehand; may be repeated")] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite an amlsec.toml that is there")] = False,
) -> None:
    """Ask who attacks, and write the answers as amlsec.toml, which `amlsec audit` reads in this folder.

    Enter takes the default, - says none. Where rows have sources, sources.toml begins a register of who can write to
    each. A wrong answer is asked for again; without a terminal it ends the call. Nothing is written before the last answer.
    """
    from amlsec.errors import InvalidInput
    from amlsec.worksheet.coverage import cells
    from amlsec.worksheet.files import require_absent, save
    from amlsec.worksheet.filling import by_default, by_hand, fails, filled, parted, require_asked
    from amlsec.worksheet.values import asked

    if not force:
        require_absent()
    beforehand = parted(answer or [])
    if data is not None and "data" in beforehand:
        raise InvalidInput("answer", f"data={beforehand['data']}", f"says otherwise than DATA, {data}")
    wrong = fails if defaults or not sys.stdin.isatty() else _told
    with stoppable("nothing was written"):
        sheet = filled(data, beforehand, by_default if defaults else by_hand(typer.echo, _heard, wrong), wrong)
    require_asked(beforehand, sheet)
    for path in save(sheet):
        typer.echo(path)
    for cell, stands in cells(asked(sheet), sheet.space).items():
        typer.echo(f"  {cell}: {stands}")
    typer.echo("Next: amlsec audit")


def _told(fault: AmlsecError) -> None:
    """What is wrong, to who answers and is asked again."""
    typer.echo(f"   {line(str(fault))}")


def _heard(prompt: str) -> str:
    """What is typed; raises InvalidInput where nobody is there to type."""
    from amlsec.errors import InvalidInput

    try:
        return input(prompt)
    except EOFError as error:
        raise InvalidInput("answer", "end of input", "is none: answer at a terminal, or say --defaults") from error
