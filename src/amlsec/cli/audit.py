"""`amlsec audit`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from amlsec.audit.settings import Settings
from amlsec.cli.options import as_options
from amlsec.cli.stopping import stoppable
from amlsec.deprecation import Place


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(as_options(_audit, Settings, Place.AUDIT))


def _audit(**given: Any) -> None:
    """Measure how a model trained on DATA can be attacked, at what cost, by which source, and what would help.

    Writes report.html, report.json, report.sarif and report.junit.xml into the folder --out. Exit codes: 0 under the
    bar (--fail-on, --baseline, conditions), 1 at or over it, 2 for a wrong call, 3 where nothing could be tested. An
    audit that was stopped goes on where it was. Without DATA and --demo, amlsec.toml in this folder says what is audited.
    """
    from amlsec.audit.files import write
    from amlsec.audit.run import audited, finished
    from amlsec.audit.settings import settings
    from amlsec.audit.terminal import progress, show

    told = {name: value for name, value in given.items() if value is not None and value is not False and value != []}
    asked = settings(told, told.pop("config", None) or _of_this_folder(told))
    with stoppable(), progress() as report_progress:
        result = audited(asked, report_progress)
    paths = write(result, asked.out)
    finished(asked, result)
    with suppress(BrokenPipeError, SystemExit):  # who closes the pipe, as `| head` does, must not change the exit code
        show(result, paths)
    raise typer.Exit(result.exit_code)


def _of_this_folder(told: dict[str, Any]) -> Path | None:
    """The worksheet that was filled in here, where the call itself does not say what is audited."""
    from amlsec.audit.settings import CONFIG

    if "data" in told or "demo" in told or not CONFIG.is_file():
        return None
    typer.echo(f"amlsec: as {CONFIG} says", err=True)
    return CONFIG
