"""The page docs/gate-rates.md, and its table: what befell good rows, and how soon a source that lies is suspended."""

from __future__ import annotations

import csv
import io
import platform
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from amlsec.gate.judging.checks import Why

HEAD = """\
# The gate's rates, on streams of good rows

What the default policy promises, held against streams of good rows.

By `python benchmarks/gate_rates.py`, of the [gate](gate.md) as it comes. For
every panel trusted rows and submissions are drawn anew from one population, so that rows offered are exchangeable
with the trusted ones, and none is harmful. Tables are of two classes of eight columns, the SMS Spam Collection and
Enron-Spam (3,000 characters of a mail at most) are real; no row comes twice.
"""
PROMISES = """\
| what is promised, by the default policy | how often at most |
|---|---|
| of the rows rejected in a period of 7 submissions, the good ones; where all are good, periods with any rejection | 5% |
| good rows held back by their p-values | 1% |
| submissions held back as a whole | 1% |
| sources ever suspended, each | 1% |
"""
AFTER = """\
## What this does not show

* Sources that differ from the trusted rows, as real ones do: the [year on Enron-Spam](gate-year.md) has such. Promises
  are of rows like the trusted ones; tolerances of the policy say how far off they may be for submissions as a whole and
  for the sentinel.
* Rows held back by the screens themselves are not promised to be few. The default policy's are those of `provenance`,
  which judges all rows of a submission at once, so the binomial interval of that column is too narrow.
* Intervals are of 95 %, as if all that is counted were independent; rows and periods of one panel share its trusted
  rows.
* With so few panels, a share of suspended sources of 1 % could not be told from one of a third; that it holds is
  proved, not measured (`amlsec.gate.judging.sentinel`), and its tests simulate it at a level where it would show. All
  sources of a gate are compared with the same trusted rows: the level is each source's, and where one is suspended by
  chance others may be too.
* Submissions of one row never reach what is asked of a submission as a whole.
"""


def page(found: Sequence[Any]) -> str:
    """The page as Markdown, of `gate_rates.Streamed`."""
    return "\n".join(_page(found)) + "\n"


def _page(found: Sequence[Any]) -> Iterator[str]:
    panels = sum(len(one.panels) for one in found)
    yield HEAD
    yield (
        f"{panels} panels, {date.today().isoformat()}; a shared machine of 2 cores ({platform.machine()}), "
        f"Python {platform.python_version()}.\n"
    )
    yield PROMISES
    yield from _rates([one for one in found if not one.cell.wrong])
    yield "\n## A source that labels rows wrongly\n"
    yield "Without caps, which would stop it sooner; medians over panels.\n"
    yield from _frogs([one for one in found if one.cell.wrong])
    yield f"\n{AFTER}"


def _rates(found: Sequence[Any]) -> Iterator[str]:
    yield "## Good rows\n"
    yield f"| rows | panels | {' | '.join(found[0].rates)} |\n|{'---|' * (2 + len(found[0].rates))}"
    for one in found:
        yield f"| {one.cell} | {len(one.panels)} | {' | '.join(map(str, one.rates.values()))} |"


def _frogs(found: Sequence[Any]) -> Iterator[str]:
    yield "| rows | labelled wrongly | panels | of which suspended it | after submissions | rows learned by then |"
    yield f"|{'---|' * 6}"
    for one in found:
        cell, soon = one.cell, (f"{one.median(what):g}" for what in ("before", "learned"))
        yield f"| {cell} | {cell.wrong:.0%} | {len(one.panels)} | {len(one.suspended)} | {' | '.join(soon)} |"


def table(found: Sequence[Any]) -> str:
    """One line a panel, as CSV."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(
        ["rows", "wrong", "panel", "periods", "rejecting", "held by p", "held by screens", "whole", "before", "learned"]
    )
    for one in found:
        for number, panel in enumerate(one.panels):
            held = panel["why"][Why.WORST], panel["why"][Why.SCREENS]
            counts = panel["periods"], panel["rejecting"], *held, panel["whole"], panel["before"], panel["learned"]
            lines.writerow([str(one.cell), one.cell.wrong, number, *counts])
    return text.getvalue()
