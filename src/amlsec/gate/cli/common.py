"""What every command of the gate takes, and how it answers."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from amlsec.gate.act import Act
    from amlsec.gate.service import Gate

DEFAULT_HOME = Path("amlsec-gate")
_NEEDED = ("sqlalchemy", "alembic", "fsspec", "cryptography")
_WIDEST = 120
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{6}\+00:00")

Home = Annotated[Path, typer.Option(envvar="AMLSEC_GATE", help="folder of the gate")]
Json = Annotated[bool, typer.Option("--json", help="print JSON, for a program to read")]
Reason = Annotated[str, typer.Option(help="why; stands in the ledger")]


@contextmanager
def opened(home: Path) -> Iterator[Gate]:
    """The gate in a folder, closed in the end.

    Raises InvalidInput where there is none, or the libraries of the gate are missing.
    """
    needed()
    from amlsec.gate.service import Gate

    gate = Gate.open(home)
    try:
        yield gate
    finally:
        gate.close()


def needed(*more: str) -> None:
    """Raises InvalidInput where a library of the gate, or another named here, is missing."""
    from amlsec.errors import InvalidInput

    missing = next((name for name in (*_NEEDED, *more) if importlib.util.find_spec(name) is None), None)
    if missing:
        raise InvalidInput(missing, "missing", "needs the gate extra: pip install 'amlsec[gate]'")


def act(why: str = "") -> Act:
    """What the person at this terminal does now."""
    from amlsec.gate.act import here

    return here(why)


def text_of(file: Path, what: str) -> str:
    """What a text file holds; raises InvalidInput where it cannot be read."""
    from amlsec.errors import InvalidInput

    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(what, str(file), f"must be a readable UTF-8 file: {error}") from error


def say(text: str) -> None:
    """Print one line, whatever stands in it."""
    from amlsec.plain import line

    typer.echo(line(text, 4096))


def answer(value: Any) -> None:
    """Print a record, or several, as JSON."""
    typer.echo(json.dumps(_plain(value), ensure_ascii=False, indent=2, default=str))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under these columns."""
    from rich.table import Table

    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*map(_cell, row))
    _print(shown)


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, one pair a line."""
    from rich.table import Table

    shown = Table.grid(padding=(0, 2))
    for pair in pairs:
        shown.add_row(*map(_cell, pair))
    _print(shown)


def _print(shown: Table) -> None:
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else 200).print(shown)


def _cell(value: Any) -> Text:
    from rich.text import Text

    from amlsec.plain import line

    return Text(line(_word(value), _WIDEST))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _word(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else _TIME.sub(r"\1 \2 UTC", str(value))
