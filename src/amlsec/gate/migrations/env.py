"""What Alembic runs: the revisions, on the connection it is given."""

from __future__ import annotations

from alembic import context

from amlsec.gate.schema import metadata

if __name__ == "env_py":  # the name under which Alembic runs this file
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
    context.run_migrations()
