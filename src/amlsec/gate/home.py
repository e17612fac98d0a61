"""A gate's home, opened: its configuration, ledger and objects, and what its rows look like."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy import URL

from amlsec.errors import Conflict
from amlsec.gate import config as configuration
from amlsec.gate import migrate
from amlsec.gate.config import Config
from amlsec.gate.database import Database, parsed
from amlsec.gate.form import Form
from amlsec.gate.ledger import Wrote, last
from amlsec.gate.reading.children import Children
from amlsec.gate.store import Store

READERS = 2
"""Files that one process reads at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """What every verb of a gate needs.

    Attributes
    ----------
    folder : where `gate.toml` lies
    form : of its rows
    readers : the processes that read what is submitted, started when there is something
    """

    folder: Path
    config: Config
    database: Database
    store: Store
    form: Form
    readers: Children = field(default_factory=lambda: Children(READERS))

    @classmethod
    def opened(cls, folder: Path) -> Self:
        """The gate in a folder.

        Raises InvalidInput where there is none, Conflict where its tables are of another version or it was never begun,
        GateUnavailable where its database or store is away.
        """
        folder = folder.resolve()
        config, database, store = parts(folder)
        with database.or_closed():
            migrate.check(database)
            with database.reading() as connection:
                opened = last(connection, Wrote.OPENED)
            if opened is None:
                raise Conflict(f"the gate in {folder} was never begun: amlsec gate init")
        return cls(folder, config, database, store, Form.from_json(opened.body["form"]))

    def close(self) -> None:
        """Give connections back, and end the reading processes."""
        self.readers.close()
        self.database.close()


def parts(folder: Path) -> tuple[Config, Database, Store]:
    """What `gate.toml` names, without a look at what is in it."""
    config = configuration.read(folder)
    return (
        config,
        Database(_beside(config.database, folder)),
        Store(_place(config.objects.url, folder), config.objects.options),
    )


def _beside(url: str, folder: Path) -> URL:
    """A relative path of SQLite is one in the home; no text, for in that older SQLAlchemy takes a `?` for the path's end."""
    told = parsed(url)
    if told.get_backend_name() != "sqlite" or not told.database:
        return told
    return told.set(database=str(folder.resolve() / told.database))


def _place(url: str, folder: Path) -> str:
    path = url.removeprefix("file://")
    return url if "://" in path else str(folder.resolve() / path)
