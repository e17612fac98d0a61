"""`amlsec gate`, put together."""

from __future__ import annotations

import typer

from amlsec.gate.cli import deciding, exporting, making, operating, people, rows, sources, training, trust

gate = typer.Typer(
    no_args_is_help=True,
    help="The training-data firewall: nothing becomes training data without a verdict, and everything can be taken back.",
)
for part in (making, rows, deciding, sources, training, trust, exporting, people, operating):
    part.add_to(gate)
