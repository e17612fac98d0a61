"""The gate's rates on long streams of good rows, how soon its sentinel finds a slow frog, and the page docs/gate-rates.md.

A cell is a kind of rows, so many trusted ones, and submissions of so many rows each. Trusted rows and submissions are drawn
anew at random for every panel; rows are good throughout, and exchangeable with the trusted ones. Counted are periods with
any rejection, rows quarantined by their p-values and by the screens (of which provenance judges all of a source at once),
submissions held back as a whole, and panels that suspended the source. A frog labels a share of its rows wrongly; told is
how soon it is suspended. Intervals are of 95 %, as if all counted were independent, which rows of one panel are not quite.
Needs AMLSEC_DATA for SMS and mails; a run that was stopped goes on where it was. `--small` is a run of seconds, on tables
alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from _gate_rates_page import page, table

from amlsec.data import Batch, texts
from amlsec.engine import Store, Task, run
from amlsec.evidence import Decision, Interval, rate
from amlsec.gate.judging.checks import Why
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.panel import Panel
from amlsec.gate.judging.sentence import Sentence, sentence
from amlsec.gate.judging.standing import Common, Standing
from amlsec.gate.policy import DEFAULT, Caps, Policy, parsed_policy

LONGEST = 3000  # characters of a mail
DAY = date(2026, 3, 2)
POLICY = parsed_policy(DEFAULT)
OPEN = replace(POLICY, caps=Caps(share=1, growth=1))
"""What frogs are seen by: the caps would stop them sooner."""
DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True, slots=True)
class Cell:
    """What is streamed: kind of rows, trusted rows, rows of a submission, submissions of a panel, panels; and how many lie.

    `wrong` is the share of rows that are labelled wrongly: 0 of an honest source.
    """

    kind: str
    trusted: int
    rows: int
    submissions: int
    panels: int
    wrong: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind}, {self.trusted:,} trusted, {self.submissions} submissions of {self.rows}"


CELLS = (
    Cell("table", 1000, 25, 70, 12),
    Cell("table", 5000, 1, 210, 10),
    Cell("table", 5000, 100, 70, 6),
    Cell("SMS", 1000, 25, 35, 12),
    Cell("mails", 1000, 25, 35, 6),
    *(Cell("table", 1000, 10, 150, 5, wrong) for wrong in (0.1, 0.2, 0.3, 0.5)),
)
SMALL = (Cell("table", 200, 5, 14, 3), Cell("table", 200, 5, 40, 2, 0.5))


def drawn(kind: str, n: int, rng: np.random.Generator) -> Batch:
    """So many distinct rows at random."""
    if kind == "table":
        y = rng.integers(0, 2, n)
        return Batch(rng.normal(size=(n, 8)) + 1.2 * y[:, None] * (np.arange(8) < 3), y)
    rows = sms() if kind == "SMS" else mails()
    return rows.rows(rng.permutation(len(rows))[:n])


@cache
def sms() -> Batch:
    """The distinct messages of the SMS Spam Collection."""
    import pandas

    table = pandas.read_csv(Path(os.environ["AMLSEC_DATA"]) / "sms_spam" / "sms_spam.csv.gz")
    return _distinct(table["text"].tolist(), (table["label"] == "spam").to_numpy())


@cache
def mails() -> Batch:
    """The distinct mails of Enron-Spam, cut."""
    import pandas

    table = pandas.read_parquet(Path(os.environ["AMLSEC_DATA"]) / "enron_spam" / "enron_spam.parquet")
    table = table.fillna({"subject": "", "body": ""})
    whole = table["subject"] + "\n" + table["body"]
    return _distinct([text[:LONGEST] for text in whole], (table["label"] == "spam").to_numpy())


def _distinct(written: list[str], malicious: np.ndarray) -> Batch:
    batch = Batch(texts(written), malicious.astype(np.int64))
    return batch.rows(np.sort(np.unique(batch.content(), return_index=True)[1]))


def streamed(cell: Cell, policy: Policy, seed: int) -> Iterator[Sentence]:
    """The sentences on one panel's submissions."""
    rng = np.random.default_rng(seed)
    pool = drawn(cell.kind, cell.trusted + cell.rows * cell.submissions, rng).from_source("feed")
    panel = Panel.fit(policy, pool.rows(slice(0, cell.trusted)), seed=seed)
    standing = Standing(Common(cell.trusted))
    for start in range(cell.trusted, len(pool), cell.rows):
        offered = pool.rows(slice(start, start + cell.rows))
        flipped = offered.relabelled(np.where(rng.random(len(offered)) < cell.wrong, 1 - offered.y, offered.y))
        said = sentence(Findings.of([panel.judge(flipped)]), standing, policy, source="feed", key=str(seed), day=DAY)
        standing = said.standing
        yield said


def counted(cell: Cell, policy: Policy, seed: int) -> dict[str, Any]:
    """What befell the rows of a panel: by period, by row and reason, by submission; and before its source was suspended."""
    said = list(streamed(cell, policy, seed))
    rejected = np.array([bool((one.decision == Decision.REJECT).any()) for one in said])
    periods = len(said) // policy.rates.period
    before = [one for one in said if not one.standing.own.watch.suspended]
    return {
        "periods": periods,
        "rejecting": int(rejected[: periods * policy.rates.period].reshape(periods, policy.rates.period).any(axis=1).sum()),
        "why": sum(np.bincount(one.why, minlength=len(Why)) for one in said).tolist(),
        "whole": sum(_fired(one, Why.WHOLE) for one in said),
        "before": len(before),
        "learned": sum(one.learned for one in before),
    }


def _fired(said: Sentence, why: Why) -> bool:
    return next(check.fired for check in said.checks if check.why == why)


@dataclass(frozen=True, slots=True)
class Streamed:
    """What befell a cell's panels, as `counted` tells of each."""

    cell: Cell
    panels: Sequence[dict[str, Any]]

    @property
    def rates(self) -> dict[str, Interval]:
        """Of periods, of rows, of submissions, of panels."""
        submissions = len(self.panels) * self.cell.submissions
        why = np.sum([panel["why"] for panel in self.panels], axis=0)
        return {
            "periods with a rejection": rate(self._sum("rejecting"), self._sum("periods")),
            "rows held back by p-values": rate(int(why[Why.WORST]), submissions * self.cell.rows),
            "rows held back by the screens": rate(int(why[Why.SCREENS]), submissions * self.cell.rows),
            "submissions held back": rate(self._sum("whole"), submissions),
            "sources suspended": rate(len(self.suspended), len(self.panels)),
        }

    @property
    def suspended(self) -> list[dict[str, Any]]:
        """The panels that suspended the source."""
        return [panel for panel in self.panels if panel["before"] < self.cell.submissions]

    def median(self, what: str) -> float:
        """Over panels, of the submissions "before" the source was suspended, or of the rows "learned" until then."""
        return float(np.median([panel[what] for panel in self.panels]))

    def _sum(self, what: str) -> int:
        return int(sum(panel[what] for panel in self.panels))


def _work(told: tuple[Cell, int]) -> dict[str, Any]:
    cell, seed = told
    return counted(cell, OPEN if cell.wrong else POLICY, seed)


def results(cells: Sequence[Cell], out: Path, minutes: float) -> list[Streamed]:
    """The cells whose panels were streamed in time: the first panel of each cell, then the second, and so on."""
    order = [(cell, seed) for seed in range(max(cell.panels for cell in cells)) for cell in cells if seed < cell.panels]
    tasks = [Task(f"{cell}, {cell.wrong:.0%} wrong, {seed}".replace(" ", "_"), (cell, seed)) for cell, seed in order]
    found: dict[Cell, list[dict[str, Any]]] = {cell: [] for cell in cells}
    for place, (task, panel) in enumerate(run(_work, tasks, Store(out), seconds=60 * minutes)):
        if panel is not None:
            found[task.payload[0]].append(panel)
        print(f"{place + 1} of {len(tasks)} panels, last: {task.key}", file=sys.stderr, flush=True)
    return [Streamed(cell, panels) for cell, panels in found.items() if panels]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a run of seconds; writes no page")
    parser.add_argument("--minutes", type=float, default=120.0, help="time after which no panel is begun")
    parser.add_argument("--out", type=Path, default=Path("amlsec-bench/gate-rates"), help="folder of the finished panels")
    chosen = parser.parse_args(argv)
    found = results(SMALL if chosen.small else CELLS, chosen.out, chosen.minutes)
    if chosen.small:
        print(page(found))
        return
    (DOCS / "gate-rates.md").write_text(page(found), "utf-8")
    (DOCS / "gate-rates.csv").write_text(table(found), "utf-8")


if __name__ == "__main__":
    main()
