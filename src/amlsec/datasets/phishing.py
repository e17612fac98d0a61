"""Web pages, phishing and legitimate: real rows, simulated sources, one of them hostile."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np

from amlsec.data import Batch
from amlsec.datasets.demo import Demo, chosen, packaged, register, with_sources

HOSTILE = "free-blocklist"
_FILE = ("river", "datasets/phishing.csv.gz")
_DIGEST = "d8a6d44bd9672e852b8a53ad2c64229f81972158a77d981073a98b17c27af7a9"
_SHARES = {
    "web-crawler": (0.45, 0.20),
    "user-reports": (0.20, 0.30),
    "takedown-partner": (0.15, 0.30),
    "analysts": (0.12, 0.12),
    HOSTILE: (0.08, 0.08),
}
_POISONED = 0.25


def load(seed: int = 0) -> Demo:
    """Website Phishing (UCI 379) as packaged in river: 1,250 pages, 9 features, five simulated sources.

    About 8 % of the rows come from the hostile source; a quarter of these has its label flipped.

    The rows carry no time: half of them repeat another row, and a split by time leaves few rows that are new.

    Raises InvalidInput where the package is missing.

    >>> demo = load(seed=0)
    >>> demo.batch.X.shape, demo.columns[:2]
    ((1250, 9), ('empty_server_form_handler', 'popup_window'))
    """
    rng = np.random.default_rng(seed)
    path, differs = packaged(*_FILE, _DIGEST)
    columns, clean = _parsed(path)
    batch = replace(with_sources(clean, _SHARES, rng), time=None)
    bad = chosen(batch, HOSTILE, _POISONED, rng)
    mask = np.isin(np.arange(len(batch)), bad)
    poisoned = replace(batch, y=np.where(mask, 1 - batch.y, batch.y))
    notes = _notes(poisoned, len(bad)) + differs
    trusted = poisoned.rows(poisoned.source == "analysts")
    return Demo(poisoned, columns, "is_phishing", "legitimate", "phishing", register("phishing"), trusted, notes, mask)


def _parsed(path: Path) -> tuple[tuple[str, ...], Batch]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    values = np.array(rows, dtype=np.float64)
    return tuple(header[:-1]), Batch(values[:, :-1], values[:, -1].astype(np.int64))


def _notes(batch: Batch, bad: int) -> tuple[str, ...]:
    rows = np.count_nonzero(batch.source == HOSTILE)
    return (
        "The rows are real (Website Phishing, UCI, as packaged in river); their sources and the register are simulated.",
        f"The simulated source {HOSTILE!r} is hostile: {bad} of its {rows} rows carry the opposite label.",
    )
