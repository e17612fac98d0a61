"""`amlsec`, put together."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from amlsec.cli import audit, bench, canaries, catalogue, init, papers
from amlsec.cli.stopping import stop
from amlsec.cli.telling import deprecations_told
from amlsec.errors import AmlsecError, GateUnavailable, ModelFailed
from amlsec.gate.cli.app import gate

app = typer.Typer(
    name="amlsec",
    help="How models trained on data you do not control can be attacked, measured on your own data.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
WRONG_CALL, COULD_NOT_TEST = 2, 3


def main() -> None:
    """Run a command; every expected error is one line on stderr. Exit codes: 0, 1 at the bar, 2 wrong call, 3 could not."""
    debug = "--debug" in sys.argv
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr does: data may hold what the terminal cannot show
    try:
        with deprecations_told():
            app(args=[word for word in sys.argv[1:] if word != "--debug"])
    except AmlsecError as error:
        stop(str(error), COULD_NOT_TEST if isinstance(error, ModelFailed | GateUnavailable) else WRONG_CALL, debug)
    except Exception as error:
        stop(f"unexpected {type(error).__name__}: {error} (--debug shows where)", COULD_NOT_TEST, debug)


def _version(asked: bool) -> None:
    if asked:
        from amlsec import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    """Read the options that come before a command; `main` itself reads --debug, wherever it stands."""


for part in (init, audit, bench, canaries, catalogue, papers):
    part.add_to(app)
app.add_typer(gate, name="gate")
