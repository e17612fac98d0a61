"""How fast the impact engine answers, and whether it answers as training again does: every family, real rows, one run.

1,000 base rows, 500 quiz rows, equal rows never in two parts. Processor seconds of one thread, medians of three runs
that take turns with the loop of clone, fit and predict; the base's own training is shared by both. Every candidate of
the loop is compared: counts must be equal. `--small` is a run of a minute, `--family NAME` runs those alone.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import clone, is_outlier_detector
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parent))
from _impact_cases import CASES, QUIZ, Case, Rows, counted
from _impact_peers import peers_table

from amlsec.engine import Workers
from amlsec.impact.certified.model import FIRST, OPTIMUM
from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import by_algebra, impacts, margins
from amlsec.impact.units import Units, stacked


@dataclass(frozen=True)
class Timing:
    """One family on one data set; times in microseconds a candidate."""

    case: Case
    data: str
    ours: float
    margin: float
    both_threads: float
    loop: float
    checked: int
    wrong: int
    trained: float
    least: float
    """What reading a candidate and writing its tally takes at the machine's bandwidth."""


def processor(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    answer = run()
    return time.process_time() - start, answer


def wall(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def timing(case: Case, n: int, checks: int, runs: int) -> Timing:
    """Ours on n candidates, the loop on the first few of them, taking turns."""
    rows = case.rows()
    few, many = rows.repeated(checks), rows.repeated(n)
    impacts(case.estimator, *parts(few))
    found = [turn(case, few, many) for _ in range(runs)]
    ours, margin, loop = (float(np.median([run[k] for run in found])) for k in range(3))
    measured = impacts(case.estimator, *parts(many))
    net = measured.net[:checks]
    truth = trained_again(case.exact if case.exact is not None else case.estimator, few)
    both = wall(lambda: impacts(case.estimator, *parts(many), workers=Workers(2))) / n
    return Timing(
        case,
        rows.name,
        ours * 1e6,
        margin * 1e6,
        both * 1e6,
        loop * 1e6,
        checks,
        int((net != truth).any(axis=1).sum()),
        float(measured.trained.mean()),
        bytes_of(rows.offered) / bandwidth() * 1e6,
    )


def turn(case: Case, few: Rows, many: Rows) -> tuple[float, float, float]:
    """Processor seconds a candidate: ours, margins alone, the loop."""
    ours, _ = processor(lambda: impacts(case.estimator, *parts(many)))
    margin, _ = processor(lambda: margins(case.estimator, *parts(many)))
    loop, _ = processor(lambda: trained_again(case.estimator, few))
    return ours / len(many.offered.y), margin / len(many.offered.y), loop / len(few.offered.y)


def parts(rows: Rows) -> tuple[Labelled, Labelled, Labelled]:
    return rows.base, rows.offered, rows.quiz


def trained_again(estimator: Any, rows: Rows) -> NDArray[np.int64]:
    """The change (k, 2) in rightly judged quiz rows of each class as a candidate joins the base, fitted once."""
    base, quiz, offered = rows.base, rows.quiz, rows.offered
    malicious = -1 if is_outlier_detector(estimator) else 1

    def right(X: Any, y: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray((clone(estimator).fit(X, y).predict(quiz.X) == malicious) == quiz.y)

    before = right(base.X, base.y)
    net = []
    for k in range(len(offered.y)):
        after = right(stacked(base.X, offered.X[k : k + 1]), np.append(base.y, offered.y[k]))
        net.append([int(after[quiz.y == c].sum()) - int(before[quiz.y == c].sum()) for c in (0, 1)])
    return np.array(net)


@cache
def bandwidth() -> float:
    """Bytes a second that this machine copies, reading and writing, one thread."""
    source = np.ones(1 << 25)
    target = np.empty_like(source)
    seconds = [processor(lambda: np.copyto(target, source))[0] for _ in range(5)]
    return 2 * source.nbytes / float(np.median(seconds))


def bytes_of(offered: Labelled) -> float:
    """Bytes to read of a candidate's cells and label and to write of its tally: two counts and a margin for each class."""
    cells = (
        offered.X.data.nbytes + offered.X.indices.nbytes + offered.X.indptr.nbytes
        if issparse(offered.X)
        else offered.X.nbytes
    )
    return cells / len(offered.y) + 8 + 3 * 2 * 8


def families_table(found: Sequence[Timing]) -> str:
    lines = [
        "| family | data | µs a candidate | candidates/s | goal | margins alone, rows/s | two threads, candidates/s "
        "| clone and fit, ms | ratio | counts that differ | trained for real | least by memory, µs (share reached) |",
        "|---" * 12 + "|",
    ]
    for one in found:
        cells = [
            one.case.name,
            one.data,
            f"{one.ours:.3g}",
            f"{1e6 / one.ours:,.0f}",
            f"{one.case.goal:,}",
            f"{1e6 / one.margin:,.0f}",
            f"{1e6 / one.both_threads:,.0f}",
            f"{one.loop / 1e3:.3g}",
            f"{one.loop / one.ours:,.0f}",
            f"{one.wrong} of {one.checked}",
            f"{one.trained:.2%}",
            f"{one.least:.2g} ({one.least / one.ours:.0%})",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    ratios = [one.loop / one.ours for one in found]
    return "\n".join([*lines, "", f"Median ratio to clone and fit: {np.median(ratios):,.0f}."])


def growth_table(case: Case, candidates: Sequence[int], quizzes: Sequence[int]) -> str:
    """How the time of one family grows with the candidates and with the quiz, and the memory beside its input."""
    rows = case.rows()
    lines = [
        "| candidates | quiz | µs a candidate | margins alone, µs | memory, MiB (of it the answer) |",
        "|---|---|---|---|---|",
    ]
    for n, m in [(n, QUIZ) for n in candidates] + [(candidates[0], m) for m in quizzes]:
        asked = parts(rows.with_quiz(m).repeated(n))
        ours, margin = (median_of_three(partial(ask, case.estimator, *asked)) / n * 1e6 for ask in (impacts, margins))
        peak, answer = allocated(partial(impacts, case.estimator, *asked))
        lines.append(f"| {n:,} | {m:,} | {ours:.3g} | {margin:.3g} | {peak:,.0f} ({answer:,.0f}) |")
    return "\n".join(lines)


def levels_table(cases: Sequence[Case], n: int) -> str:
    """What decided the candidates of certified families."""
    lines = ["| family | data | the first step's bound | the second's | the optimum |", "|---|---|---|---|---|"]
    for case in cases:
        rows = case.rows().repeated(n)
        model = by_algebra(case.estimator, Question(*parts(rows)))
        decided = [model.decided_by(some) for some in Units.single(n).blocks(model.block)]
        shares = np.bincount(np.concatenate(decided), minlength=OPTIMUM + 1)[FIRST:] / n
        lines.append(f"| {case.name} | {rows.name} | {' | '.join(f'{share:.1%}' for share in shares)} |")
    return "\n".join(lines)


def median_of_three(run: Callable[[], Any]) -> float:
    return float(np.median([processor(run)[0] for _ in range(3)]))


def allocated(run: Callable[[], Any]) -> tuple[float, float]:
    """MiB allocated at the peak, and left in the end."""
    tracemalloc.start()
    kept = run()
    gc.collect()  # models hang together in circles
    left, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return peak / 2**20, left / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--small", action="store_true", help="few candidates, once")
    parser.add_argument("--family", default="", help="only families whose name contains this")
    given = parser.parse_args()
    chosen = [case for case in CASES if given.family in case.name]
    found = []
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        for case in chosen:
            found.append(timing(case, *((500, 10, 1) if given.small else (20_000, 100, 3))))
            print(families_table(found[-1:]).splitlines()[2], file=sys.stderr, flush=True)
        print(f"Memory bandwidth, copy, one thread: {bandwidth() / 1e9:.1f} GB/s\n")
        print(families_table(found))
        if certified := [case for case in chosen if case.exact is not None]:
            print(f"\n{levels_table(certified, 500 if given.small else 20_000)}")
        sizes = ((1000, 2000), (100, 500)) if given.small else ((1000, 10_000, 100_000, 1_000_000), (100, 500, 2000))
        for case in [case for case in chosen if case.grows]:
            print(f"\n{case.name}, {case.rows().name}\n\n{growth_table(case, *sizes)}")
        if not given.family:
            print(f"\n{peers_table(counted(1000), 100 if given.small else 1000)}")


if __name__ == "__main__":
    main()
