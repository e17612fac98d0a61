"""What RONI finds of eight attacks at 1 % false rejections, against peers and plain baselines; whether its rates hold.

Four real data sets, three draws each; `--small` is one draw of one set with few rows. Prints markdown, progress on
stderr. Needs the `bench` extra, and AMLSEC_DATA for the data.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from _quality_art import CALIBRATED, UNCALIBRATED, has_toolbox, toolbox_outcomes
from _quality_data import GROUNDS, SMALL, Sizes, enron
from _quality_figure import save
from _quality_harm import Left, harms
from _quality_rates import Held, Judged, clean_batches, foreign_batches, rates
from _quality_recall import SHARES, Outcome, draw, outcomes
from _quality_tables import area, held_table, left_table, names, table
from threadpoolctl import threadpool_limits

DRAWS, BATCHES, FOREIGN = 3, 200, 40
UNITS = {"row": "by row", "source": "by source, 5 bad of 50"}


def all_outcomes(data: Sequence[str], draws: int, sizes: Sizes | None) -> Iterator[Outcome | Left]:
    for name in data:
        ground = GROUNDS[name]()
        for seed in range(draws):
            found = draw(ground, seed, sizes)
            yield from outcomes(found)
            yield from harms(found, max(SHARES))
            note(f"{ground.name}: draw {seed} by rows and sources")
            if has_toolbox() and seed == 0:  # minutes a draw
                yield from toolbox_outcomes(found, UNCALIBRATED if sizes else UNCALIBRATED + CALIBRATED)
                note(f"{ground.name}: draw {seed} by the toolbox")


def all_rates(data: Sequence[str], batches: int, foreign: int) -> Iterator[Held]:
    for name in data:
        ground = GROUNDS[name]()
        yield from rates(f"{ground.name}, {batches} clean", list(noted(ground.name, clean_batches(ground, batches))))
    for source in ("enron1", "enron5") if "enron" in data else ():
        found = list(noted(f"trusted {source}", foreign_batches(enron(), source, foreign)))
        yield from rates(f"Enron-Spam, trusted {source}, {foreign} of other folders", found)


def noted(name: str, judged: Iterator[Judged]) -> Iterator[Judged]:
    for k, one in enumerate(judged):
        if k % 50 == 49:
            note(f"{name}: {k + 1} good batches")
        yield one


def report(found: Sequence[Outcome], left: Sequence[Left], held: Sequence[Held]) -> Iterator[str]:
    """The markdown, piece by piece."""
    for data in names(one.data for one in found):
        for unit, share in product(("row", "source"), sorted(SHARES, reverse=True)):
            some = [one for one in found if (one.data, one.unit, one.share) == (data, unit, share)]
            yield f"## {data}: {share:.0%} poison, {UNITS[unit]}: found, %\n\n{table(some)}\n"
            yield f"The same, AUC\n\n{table([one for one in some if np.isfinite(one.auc)], area)}\n"
        models = left_table([one for one in left if one.data == data])
        yield f"## {data}: harm left of {max(SHARES):.0%} poison\n\n{models}\n"
    yield f"## Rates on good rows\n\n{held_table(held)}\n"


def note(line: str) -> None:
    print(f"{time.process_time():7.0f} s  {line}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="one draw of one data set with few rows: about a minute")
    parser.add_argument("--data", nargs="+", choices=GROUNDS, default=list(GROUNDS), help="which data sets")
    parser.add_argument("--figure", type=Path, help="an SVG file to draw recall by row at 5 %% poison of the first set into")
    chosen = parser.parse_args()
    if importlib.util.find_spec("cleanlab") is None:
        parser.exit(1, "cleanlab is missing: pip install 'amlsec[bench]'\n")
    data, draws, sizes, batches = chosen.data, DRAWS, None, (BATCHES, FOREIGN)
    if chosen.small:
        data, draws, sizes, batches = ["nsl_kdd"], 1, Sizes(**SMALL), (5, 2)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the toolbox and its dependencies warn at will
        measured, held = list(all_outcomes(data, draws, sizes)), list(all_rates(data, *batches))
    found = [one for one in measured if isinstance(one, Outcome)]
    left = [one for one in measured if isinstance(one, Left)]
    print("\n".join(report(found, left, held)))
    if chosen.figure:
        save([one for one in found if (one.data, one.unit, one.share) == (found[0].data, "row", max(SHARES))], chosen.figure)


if __name__ == "__main__":
    main()
