"""The gate's rates on long streams of good rows, and how soon its sentinel finds a slow frog.

A cell is a kind of rows, so many trusted ones, and submissions of so many rows each. Trusted rows and submissions are drawn
anew at random for every panel; rows are good throughout, and exchangeable with the trusted ones. Counted are periods with
any rejection, rows quarantined by their p-values and by the screens (of which provenance judges all of a source at once),
submissions held back as a whole, and panels that suspended the source. A frog labels a share of its rows wrongly; told is
how soon it is suspended. Intervals are of 95 %, as if all counted were independent, which rows of one panel are not quite.
Needs AMLSEC_DATA for SMS and mails; `--small` is a run of seconds, on tables alone.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from amlsec.data import Batch, texts
from amlsec.evidence import Decision, Interval, rate
from amlsec.gate.judging.checks import Why
from amlsec.gate.judging.panel import Panel
from amlsec.gate.judging.sentence import Sentence, sentence
from amlsec.gate.judging.standing import Common, Standing
from amlsec.gate.policy import DEFAULT, Policy, parsed_policy

LONGEST = 3000  # characters of a mail
DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Cell:
    """What is streamed: kind of rows, trusted rows, rows of a submission, submissions of a panel, panels."""

    kind: str
    trusted: int
    rows: int
    submissions: int
    panels: int

    def __str__(self) -> str:
        return f"{self.kind}, {self.trusted:,} trusted, {self.panels} x {self.submissions} submissions of {self.rows}"


CELLS = (
    Cell("table", 1000, 25, 70, 12),
    Cell("table", 5000, 1, 210, 10),
    Cell("table", 5000, 100, 70, 6),
    Cell("SMS", 1000, 25, 35, 12),
    Cell("mails", 1000, 25, 35, 6),
)
SMALL = (Cell("table", 200, 5, 14, 3),)


def frogs(small: bool) -> Iterator[tuple[Cell, float]]:
    """The cells in which a source turns bad, and the share of its rows that are labelled wrongly."""
    if small:
        yield Cell("table", 200, 5, 40, 2), 0.5
        return
    for share in (0.1, 0.2, 0.3, 0.5):
        yield Cell("table", 1000, 10, 150, 5), share


def drawn(kind: str, n: int, rng: np.random.Generator) -> Batch:
    """So many distinct rows at random."""
    if kind == "table":
        y = rng.integers(0, 2, n)
        return Batch(rng.normal(size=(n, 8)) + 1.2 * y[:, None] * (np.arange(8) < 3), y)
    rows = sms() if kind == "SMS" else mails()
    return rows.rows(rng.permutation(len(rows))[:n])


def sms() -> Batch:
    """The distinct messages of the SMS Spam Collection."""
    import pandas

    table = pandas.read_csv(Path(os.environ["AMLSEC_DATA"]) / "sms_spam" / "sms_spam.csv.gz")
    return _distinct(table["text"].tolist(), (table["label"] == "spam").to_numpy())


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


def streamed(cell: Cell, policy: Policy, seed: int, wrong: float = 0.0) -> Iterator[Sentence]:
    """The sentences on one panel's submissions; a share of the rows is labelled wrongly."""
    rng = np.random.default_rng(seed)
    pool = drawn(cell.kind, cell.trusted + cell.rows * cell.submissions, rng).from_source("feed")
    panel = Panel.fit(policy, pool.rows(slice(0, cell.trusted)), seed=seed)
    standing = Standing(Common(cell.trusted))
    for start in range(cell.trusted, len(pool), cell.rows):
        offered = pool.rows(slice(start, start + cell.rows))
        flipped = offered.relabelled(np.where(rng.random(len(offered)) < wrong, 1 - offered.y, offered.y))
        said = sentence(panel.judge(flipped), standing, policy, source="feed", key=str(seed), day=DAY)
        standing = said.standing
        yield said


def clean(cell: Cell, policy: Policy) -> dict[str, Interval]:
    """What befell good rows: by period, by row, by submission, by panel."""
    rejected, counts, whole, suspended = [], np.zeros(len(Why), dtype=int), 0, 0
    for seed in range(cell.panels):
        said = list(streamed(cell, policy, seed))
        found = np.array([bool((one.decision == Decision.REJECT).any()) for one in said])
        periods = len(found) // policy.rates.period
        rejected.extend(found[: periods * policy.rates.period].reshape(periods, -1).any(axis=1).tolist())
        counts += sum(np.bincount(one.why, minlength=len(Why)) for one in said)
        whole += sum(_fired(one, Why.WHOLE) for one in said)
        suspended += said[-1].standing.own.watch.suspended
    submissions = cell.panels * cell.submissions
    return {
        "periods with a rejection": rate(sum(rejected), len(rejected)),
        "rows held back by p-values": rate(int(counts[Why.WORST]), submissions * cell.rows),
        "rows held back by the screens": rate(int(counts[Why.SCREENS]), submissions * cell.rows),
        "submissions held back": rate(whole, submissions),
        "sources suspended": rate(suspended, cell.panels),
    }


def _fired(said: Sentence, why: Why) -> bool:
    return next(check.fired for check in said.checks if check.why == why)


class Found(NamedTuple):
    """Medians over panels, of submissions and rows learned before the source is suspended; and the share that is."""

    submissions: float
    learned: float
    suspended: float


def frog(cell: Cell, policy: Policy, wrong: float) -> Found:
    """How soon a source is suspended that labels a share of its rows wrongly."""
    delays, learned = [], []
    for seed in range(cell.panels):
        before = [said for said in streamed(cell, policy, seed, wrong) if not said.standing.own.watch.suspended]
        delays.append(len(before))
        learned.append(sum(said.learned for said in before))
    found = np.mean([delay < cell.submissions for delay in delays])
    return Found(float(np.median(delays)), float(np.median(learned)), float(found))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a run of seconds")
    small = parser.parse_args(argv).small
    policy = parsed_policy(DEFAULT)
    open_ = parsed_policy(DEFAULT.replace("share = 0.2 ", "share = 1 ").replace("growth = 0.2 ", "growth = 1 "))
    for cell in SMALL if small else CELLS:
        print(f"{cell}: " + "; ".join(f"{name} {found}" for name, found in clean(cell, policy).items()), flush=True)
    for cell, wrong in frogs(small):
        found = frog(cell, open_, wrong)
        told = f"suspended in {found.suspended:.0%} of panels, after {found.submissions:g} submissions (median)"
        print(f"{cell}, {wrong:.0%} labelled wrongly: {told}, {found.learned:g} rows learned by then", flush=True)


if __name__ == "__main__":
    main()
