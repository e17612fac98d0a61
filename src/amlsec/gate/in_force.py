"""What a gate judges by now: its policy, trusted rows, register and protected rows, and the panel fitted on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import Connection

from amlsec.data import Batch
from amlsec.errors import Conflict
from amlsec.gate import parquet_object
from amlsec.gate.form import CONTENT, Form
from amlsec.gate.home import Home
from amlsec.gate.judging.panel import Panel
from amlsec.gate.ledger import Entry, Wrote, last
from amlsec.gate.policy import parsed_policy
from amlsec.models.skops_file import skops_file
from amlsec.tables.load import Columns, Table, load
from amlsec.tables.more import more_rows

SEED = b"amlsec seed"
"""Under this key the metadata of a root's Parquet file holds the secret that says what its rows serve as."""
_SEEDS = 2**31
"""Seeds of the panel, which scikit-learn takes too, are below this."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The entries of the ledger that say what holds; `protected` is None where no rows are."""

    policy: Entry
    root: Entry
    protected: Entry | None

    @property
    def protects(self) -> str | None:
        """The object of the protected rows."""
        return self.protected.body["data"] if self.protected else None

    @property
    def numbers(self) -> dict[str, int | None]:
        """The entries' numbers, as a verdict names them."""
        return {
            "policy": self.policy.seq,
            "root": self.root.seq,
            "protected": self.protected.seq if self.protected else None,
        }

    @property
    def name(self) -> str:
        """A name for what is found under these alone."""
        return "-".join(map(str, self.numbers.values()))

    @classmethod
    def at(cls, connection: Connection, *, upto: int | None = None) -> InForce:
        """Those in force at a position of the ledger, now by default."""
        policy, root = (last(connection, kind, upto=upto) for kind in (Wrote.POLICY, Wrote.ROOT))
        if policy is None or root is None:
            raise Conflict("the ledger names no policy or no trusted rows: amlsec gate init")
        return cls(policy, root, last(connection, Wrote.PROTECTED, upto=upto))


def policy_text(home: Home) -> str:
    """The policy in force (TOML), as it was set."""
    with home.database.reading() as connection:
        force = InForce.at(connection)
    return home.store.get(force.policy.body["text"]).decode()


def rows_of(home: Home, entry: Entry) -> pa.Table:
    """The canonical rows that an entry made the root, or protected."""
    return _rows(home, entry.body["data"])


def trusted_table(home: Home, entry: Entry) -> Table:
    """The root as a loaded table, under whose codes and labels all offered rows are read."""
    return _loaded(home.form, rows_of(home, entry))


def offered(columns: Columns, chunk: pa.Table, like: Table, source: str) -> Batch:
    """A chunk of one source's rows as a batch that screens judge."""
    return more_rows(chunk, columns, like).from_source(source)


@dataclass(frozen=True, slots=True, eq=False)
class Judges:
    """The panel in force, the table that tells how rows are read, and what nobody knows but the gate."""

    panel: Panel
    like: Table
    secret: int


@lru_cache(maxsize=2)
def judges(home: Home, policy: str, root: str, protected: str | None) -> Judges:
    """The panel of these objects: a policy's text, trusted rows, protected rows; this process keeps the last two.

    Raises InvalidInput where the trusted rows are too few or a screen's parameter is out of its range.
    """
    found, like = parsed_policy(home.store.get(policy).decode()), _loaded(home.form, _rows(home, root))
    guarded = None if protected is None else more_rows(_rows(home, protected), home.form.columns, like)
    model = skops_file(home.folder / found.model.file) if found.model.file else None
    secret = _secret(home, root)
    return Judges(Panel.fit(found, like.batch, protected=guarded, model=model, seed=secret % _SEEDS), like, secret)


def _rows(home: Home, name: str) -> pa.Table:
    with home.store.open(name) as file:
        return parquet_object.read(file)


def _loaded(form: Form, rows: pa.Table) -> Table:
    return load(rows.drop([CONTENT]), form.columns, form.labels)


def _secret(home: Home, root: str) -> int:
    with home.store.open(root) as file:
        return int(parquet.read_schema(file).metadata[SEED])
