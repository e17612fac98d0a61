"""The gate is run: served, worked for, kept and brought up to date."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from amlsec.gate.cli.common import DEFAULT_HOME, Home, needed, opened, say

DEFAULT_PATIENCE = 30.0


def add_to(gate: typer.Typer) -> None:
    """Add the commands."""
    for command in (serve, work, migrate, backup, restore):
        gate.command()(command)


def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on; default: as gate.toml says, 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on, 0 for a free one; default: as gate.toml says")] = None,
    workers: Annotated[int | None, typer.Option(help="processes that judge; default: as gate.toml says")] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Serve the review pages and the API, with workers that judge, until SIGTERM or Ctrl-C.

    Then calls under way are answered and workers end what they judge. Logs are JSON, one object a line, on standard
    error. Encryption is a proxy's: see docs/gate.md.
    """
    needed("fastapi", "uvicorn", "argon2", "prometheus_client")
    from amlsec.gate.config import config
    from amlsec.gate.serving.server import serve as served

    given = {"host": host, "port": port, "workers": workers}
    told = {name: value for name, value in given.items() if value is not None}
    with opened(home) as gate:
        served(gate, config({"server": {**gate.home.config.server.model_dump(), **told}}).server)


def work(
    name: Annotated[str, typer.Option(help="name of this worker, unlike any other's; default: host and process")] = "",
    patience: Annotated[
        float, typer.Option(min=0.1, help="seconds to end what is being judged when asked to stop; then it is given back")
    ] = DEFAULT_PATIENCE,
    until_closed: Annotated[
        bool, typer.Option("--until-closed", help="stop too when standard input ends, as when its server dies")
    ] = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Judge what waits, until SIGTERM or Ctrl-C: any number of workers may share a gate, on any machine that reaches it."""
    with opened(home) as gate:
        from amlsec.gate.serving.logs import to_lines
        from amlsec.gate.serving.stopping import TooLate, stopping
        from amlsec.gate.serving.worker import run

        to_lines()
        parent = sys.stdin.fileno() if until_closed else None
        with stopping(patience, parent=parent) as asked:
            try:
                run(gate, name or f"{socket.gethostname()}-{os.getpid()}", asked)
            except TooLate:
                raise typer.Exit(1) from None


def migrate(home: Home = DEFAULT_HOME) -> None:
    """Bring the gate's tables to the version that this amlsec needs; take a backup first."""
    needed()
    from amlsec.gate import migrate as migrations
    from amlsec.gate.home import parts

    _, database, _ = parts(home)
    migrations.upgrade(database)
    database.close()
    say(f"{database.shown}: version {migrations.newest()}")


def backup(
    folder: Annotated[Path, typer.Argument(help="new folder for the backup; it holds what the gate holds: keep it as safe")],
    home: Home = DEFAULT_HOME,
) -> None:
    """Copy the gate while it runs: its tables as they are at one moment, and all objects."""
    with opened(home) as gate:
        from amlsec.gate.backup import backup

        told = backup(gate.home, folder)
    say(f"{folder}: {told.position:,} entries and {told.objects:,} objects; head {told.head}")


def restore(
    backup: Annotated[Path, typer.Argument(help="folder of the backup")],
    database: Annotated[
        str | None, typer.Option(help="URL of SQLite or PostgreSQL; default: as the backup's gate.toml says")
    ] = None,
    objects: Annotated[
        str | None, typer.Option(help="folder or URL of fsspec; default: as the backup's gate.toml says")
    ] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Make the gate of a backup in a new folder, on a database and a store of either kind.

    Every byte of the backup is checked first. Nobody is signed in, and tokens revoked since the backup hold again: revoke
    them once more.
    """
    needed()
    from amlsec.gate.cli.making import places
    from amlsec.gate.restore import restore

    restored = restore(backup, home, places(database, objects))
    restored.database.close()
    say(f"{home}: ready")
