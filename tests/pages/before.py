"""What pages need before they can be run: a function of the page's name, `-` as `_`, fills its place with small files."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from grounds import mails
from models.service import serving
from pages.blocks import ROOT, blocks
from pages.runner import Place

SHORT = "--seeds 1 --queries 5 --only AML-E01"
PYTORCH = "torch is not among what the tests install; tests/models/test_torch_module.py plays such a module"


def mail_table(n: int, seed: int = 0, column: str = "text", lies: bool = False) -> pa.Table:
    """Mails and their labels, the wrong ones where the source lies."""
    batch = mails(n, seed=seed)
    return pa.table({column: batch.X.tolist(), "label": np.where((batch.y == 1) != lies, "spam", "ham").tolist()})


def undefended(place: Place) -> None:
    """Audits of the page try no defense, which is most of their time."""
    place.patch.setattr("amlsec.audit.run._defenses", lambda _: [])


def readme(place: Place) -> None:
    """Mails of reporters over time for the audit, trusted ones for the gate."""
    undefended(place)
    place.audit = "--seeds 1 --only AML-P01"
    rows = mail_table(300, column="body")
    days = np.datetime64("2025-01-01") + np.arange(300)
    reporters = [f"reporter{i % 5}" for i in range(300)]
    csv.write_csv(rows.append_column("reporter", [reporters]).append_column("received", [days.astype(str)]), "mails.csv")
    csv.write_csv(mail_table(200, 1, "body"), "trusted.csv")
    csv.write_csv(mail_table(40, 2, "body"), "web.csv")
