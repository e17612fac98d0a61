"""The files of a bench: the table as JSON, CSV and Markdown, and the heat map."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

from amlsec.bench.heat_map import figure
from amlsec.bench.run import Bench
from amlsec.bench.table import Row, does_harm, percent
from amlsec.engine import write_whole
from amlsec.evidence import Interval

_HEAD = ("data", "attack", "share", "defense", "harm alone", "blind", "knowing", "innocents lost", "clean price", "mark")
_INTERVALS = ("alone", "blind", "knowing", "innocents", "price")


def write(bench: Bench, directory: Path) -> list[Path]:
    """Write every file into the directory, each whole; their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    texts = {"poisoning.json": _json(bench), "poisoning.csv": _csv(bench), "poisoning.md": markdown(bench)}
    for name, text in texts.items():
        write_whole(directory / name, text)
    maps = [_drawn(bench, share, directory) for share in sorted({row.share for row in bench.rows})]
    return [*(directory / name for name in texts), *maps]


def _json(bench: Bench) -> str:
    return json.dumps(asdict(bench), indent=1) + "\n"


def _csv(bench: Bench) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, list(_flat(bench.rows[0])) if bench.rows else ["data"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(_flat(row) for row in bench.rows)
    return out.getvalue()


def _flat(row: Row) -> dict[str, Any]:
    """A row with three columns for each interval."""
    flat: dict[str, Any] = {}
    for name, value in asdict(row).items():
        if name in _INTERVALS:
            ends = value or {"value": "", "low": "", "high": ""}
            flat |= {name: ends["value"], f"{name}_low": ends["low"], f"{name}_high": ends["high"]}
        else:
            flat[name] = value
    return flat


def markdown(bench: Bench) -> str:
    """The table for a reader, harm in % with its 95 % interval."""
    return "\n".join(_lines(bench)) + "\n"


def _lines(bench: Bench) -> Iterator[str]:
    head = (
        "data",
        "attack",
        "share",
        "defense",
        "harm alone",
        "left, blind",
        "left, knowing",
        "innocents lost",
        "clean price",
    )
    yield f"| {' | '.join(head)} | mark |\n|{'---|' * (len(head) + 1)}"
    for row in bench.rows:
        measured = [_said(getattr(row, name)) for name in _INTERVALS]
        cells = [row.data, row.attack, percent(row.share), row.defense or "none", *measured]
        yield f"| {' | '.join(cells)} | {row.mark if row.defense or not does_harm(row.alone) else ''} |"


def _said(found: Interval | None) -> str:
    if found is None:
        return "-"
    return f"{100 * found.value:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def _drawn(bench: Bench, share: float, directory: Path) -> Path:
    import matplotlib

    path = directory / f"poisoning-{100 * share:g}-percent.svg"
    with matplotlib.rc_context({"svg.hashsalt": path.name}):
        out = StringIO()
        figure(bench.rows, share).savefig(out, format="svg", metadata={"Date": None})
    write_whole(path, out.getvalue())
    return path
