"""The ledger, and what follows from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _ledger()
    _sources()
    _standing()
    _snapshots()
    _submissions()
    _jobs()
    _models()
    for trigger in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(trigger)


def _ledger() -> None:
    """Every act."""
    op.create_table(
        "ledger",
        sa.Column("seq", SEQ, autoincrement=False, nullable=False),
        sa.Column("time", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("submission", SEQ, nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ledger_kind", "ledger", ["kind"], unique=False)
    op.create_index(
        "ledger_one_verdict",
        "ledger",
        ["submission"],
        unique=True,
        sqlite_where=sa.text("kind = 'judged'"),
        postgresql_where=sa.text("kind = 'judged'"),
    )
    op.create_index("ledger_source", "ledger", ["source"], unique=False)
    op.create_index("ledger_submission", "ledger", ["submission"], unique=False)


def _sources() -> None:
    """What the register says of each source, and where its checks stand."""
    op.create_table(
        "sources",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _standing() -> None:
    """Where the gate stands."""
    op.create_table(
        "standing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _snapshots() -> None:
    """Training data that was written down."""
    op.create_table(
        "snapshots",
        sa.Column("id", SEQ, autoincrement=False, nullable=False),
        sa.Column("position", SEQ, nullable=False),
        sa.Column("data", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("rows", SEQ, nullable=False),
        sa.ForeignKeyConstraint(
            ["id"],
            ["ledger.seq"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )


def _submissions() -> None:
    """What was handed in, and what holds of it."""
    op.create_table(
        "submissions",
        sa.Column("id", SEQ, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received", sa.String(length=32), nullable=False),
        sa.Column("rows", SEQ, nullable=False),
        sa.Column("chunks", sa.Text(), nullable=False),
        sa.Column("judged", SEQ, nullable=True),
        sa.Column("decisions", sa.String(length=64), nullable=True),
        sa.Column("accepted", SEQ, nullable=True),
        sa.Column("quarantined", SEQ, nullable=True),
        sa.Column("rejected", SEQ, nullable=True),
        sa.Column("learned", SEQ, nullable=True),
        sa.Column("checked", SEQ, server_default="0", nullable=False),
        sa.Column("bad", SEQ, server_default="0", nullable=False),
        sa.Column("harm", sa.Float(), nullable=True),
        sa.Column("rolled_back", SEQ, nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["ledger.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["judged"],
            ["ledger.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["rolled_back"],
            ["ledger.seq"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("submissions_digest", "submissions", ["source", "digest"], unique=True)
    op.create_index("submissions_key", "submissions", ["source", "key"], unique=True)
    op.create_index("submissions_queue", "submissions", ["quarantined", "harm"], unique=False)


def _jobs() -> None:
    """Submissions that wait to be judged."""
    op.create_table(
        "jobs",
        sa.Column("submission", SEQ, autoincrement=False, nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=True),
        sa.Column("leased_until", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submissions.id"],
        ),
        sa.PrimaryKeyConstraint("submission"),
    )


def _models() -> None:
    """What was trained on which snapshot."""
    op.create_table(
        "models",
        sa.Column("id", SEQ, autoincrement=False, nullable=False),
        sa.Column("snapshot", SEQ, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"],
            ["ledger.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["snapshot"],
            ["snapshots.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )


_REFUSED = "the ledger is append-only"
_TRIGGERS = {
    "sqlite": [
        f"CREATE TRIGGER ledger_no_{verb} BEFORE {verb} ON ledger BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$",
        "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_refuses()",
        "CREATE TRIGGER ledger_not_emptied BEFORE TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses()",
    ],
}
