"""The tables of a gate as they are now; migrations make them, and a test holds the two together.

The ledger is the truth. All other tables but those of people and tokens follow from it, and are there to be quick.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, text

metadata = MetaData()
_Seq = BigInteger().with_variant(Integer(), "sqlite")
_JUDGED = text("kind = 'judged'")


def _hash(name: str, **rules: object) -> Column[str]:
    return Column(name, String(64), **rules)  # type: ignore[arg-type]


ledger = Table(
    "ledger",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("time", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("who", String(200), nullable=False),
    Column("why", Text, nullable=False),
    Column("submission", _Seq),
    Column("source", String(200)),
    Column("body", Text, nullable=False),
    _hash("previous", nullable=False),
    _hash("hash", nullable=False),
    Index("ledger_submission", "submission"),
    Index("ledger_source", "source"),
    Index("ledger_kind", "kind"),
    Index("ledger_one_verdict", "submission", unique=True, sqlite_where=_JUDGED, postgresql_where=_JUDGED),
)
"""Every act, each holding the hash of the one before; triggers refuse updates and deletions."""

submissions = Table(
    "submissions",
    metadata,
    Column("id", _Seq, ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
    Column("source", String(200), nullable=False),
    Column("key", String(200)),
    _hash("digest", nullable=False),
    Column("received", String(32), nullable=False),
    Column("rows", _Seq, nullable=False),
    Column("chunks", Text, nullable=False),
    Column("judged", _Seq, ForeignKey("ledger.seq")),
    _hash("decisions"),
    Column("accepted", _Seq),
    Column("quarantined", _Seq),
    Column("rejected", _Seq),
    Column("learned", _Seq),
    Column("checked", _Seq, nullable=False, server_default="0"),
    Column("bad", _Seq, nullable=False, server_default="0"),
    Column("harm", Float),
    Column("rolled_back", _Seq, ForeignKey("ledger.seq")),
    Index("submissions_key", "source", "key", unique=True),
    Index("submissions_digest", "source", "digest", unique=True),
    Index("submissions_queue", "quarantined", "harm"),
)
"""What was submitted: chunks (JSON list of objects), and what holds of its rows now (the object of decisions).

`learned` counts accepted rows that are not among the root's, `checked` those that a person decided on, `bad` of these the
rejected ones.
"""

jobs = Table(
    "jobs",
    metadata,
    Column("submission", _Seq, ForeignKey("submissions.id"), primary_key=True, autoincrement=False),
    Column("worker", String(200)),
    Column("leased_until", String(32)),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
)
"""Submissions not judged yet; the row goes with the verdict."""

sources = Table(
    "sources",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("register", Text, nullable=False),
    Column("standing", Text, nullable=False),
)
"""What the register says of each source, and where its cumulative checks stand (both JSON)."""

standing = Table("standing", metadata, Column("id", Integer, primary_key=True), Column("value", Text, nullable=False))
"""One row: where the streams over all sources stand (JSON)."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", _Seq, ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
    Column("position", _Seq, nullable=False),
    _hash("data", nullable=False),
    _hash("manifest", nullable=False),
    Column("rows", _Seq, nullable=False),
)
models = Table(
    "models",
    metadata,
    Column("id", _Seq, ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
    Column("snapshot", _Seq, ForeignKey("snapshots.id"), nullable=False),
    Column("name", String(200), nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
)
"""People who sign in; passwords as argon2 hashes."""

tokens = Table(
    "tokens",
    metadata,
    _hash("hash", primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("source", String(200)),
    Column("expires", String(32)),
    Column("revoked", Boolean, nullable=False),
)
"""Programs' tokens, as SHA-256; a submitter's token speaks for one source."""

sessions = Table(
    "sessions",
    metadata,
    _hash("hash", primary_key=True),
    Column("user", String(100), ForeignKey("users.name"), nullable=False),
    _hash("csrf", nullable=False),
    Column("expires", String(32), nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", _Seq, primary_key=True, autoincrement=True),
    Column("time", String(32), nullable=False),
    Column("who", String(200), nullable=False),
    Column("what", String(200), nullable=False),
    Column("status", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Index("refusals_time", "time"),
)
"""Calls that were refused."""
