"""Poisoning attacks against defenses on real data of four domains, and the page docs/poisoning.md that shows them.

The victims: SpamBayes on mails, gradient-boosted trees on connections, logistic regression on apps, a support vector machine
on pairs of faces. Poisoners own 1, 3 and 5 % of the training rows; each is played blind and knowing the defense. A run
that was stopped goes on where it was. `--small` is a run of a minute on the data sets that come as packages.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from _poisoning_page import page

from amlsec.bench.files import write
from amlsec.bench.run import Bench, bench_poisoning


class Victim(NamedTuple):
    """A classifier, module:factory or amlsec's default, and at most how many rows it trains on."""

    model: str | None
    rows: int


VICTIMS = {
    "enron": Victim("amlsec.defenses.learners.spambayes:SpamBayes", 600),
    "nsl_kdd": Victim(None, 1000),
    "drebin": Victim("sklearn.linear_model:LogisticRegression", 1000),
    "faces": Victim("sklearn.svm:SVC", 1000),
}
SMALL: dict[str, Any] = {
    "attack": ("hostile-source", "random-flips"),
    "defense": ("partition-ensemble", "training-loss"),
    "share": (0.3,),
}
DOCS = Path(__file__).resolve().parents[1] / "docs"


def run(victims: Mapping[str, Victim], out: Path, minutes: float, **told: Any) -> Bench:
    """One bench a data set, each with its own victim, as one."""
    each = [
        bench_poisoning(
            _progress, data=(data,), model=model, rows=rows, out=out, minutes=minutes / len(victims), seeds=1, **told
        )
        for data, (model, rows) in victims.items()
    ]
    return replace(
        each[0],
        rows=tuple(row for bench in each for row in bench.rows),
        counts={name: counts for bench in each for name, counts in bench.counts.items()},
        models={name: model for bench in each for name, model in bench.models.items()},
        seconds=sum(bench.seconds for bench in each),
        games_run=sum(bench.games_run for bench in each),
        games_not_run=sum(bench.games_not_run for bench in each),
        because=dict(sum((Counter(bench.because) for bench in each), Counter())),
    )


def _progress(done: int, planned: int, what: str) -> None:
    if done % 20 == 0 or done == planned:
        print(f"{done} of {planned} games, last: {what}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a run of a minute on packaged data; writes no page")
    parser.add_argument("--minutes", type=float, default=90.0, help="time in all after which no game is begun")
    parser.add_argument("--out", type=Path, default=Path("amlsec-bench"), help="folder of the finished games")
    chosen = parser.parse_args()
    if chosen.small:
        few = Victim(None, 300)
        print(page(run({"phishing": few, "sms": few}, chosen.out, 5.0, **SMALL), SMALL["share"][0]))
        return
    bench = run(VICTIMS, chosen.out, chosen.minutes)
    for path in write(bench, chosen.out):
        if path.suffix in (".svg", ".csv"):
            (DOCS / path.name).write_bytes(path.read_bytes())
    (DOCS / "poisoning.md").write_text(page(bench, 0.03), "utf-8")


if __name__ == "__main__":
    main()
