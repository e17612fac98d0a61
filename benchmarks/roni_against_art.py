"""RONI against the Adversarial Robustness Toolbox: 1,000 candidate mails, 2,000 base and 500 quiz mails, in one run.

Every contender gets the same mails of Enron-Spam, in one process on one thread, three times with other mails. Medians of
processor seconds are shown, which other work on the machine disturbs little. The toolbox takes dense arrays only, so all
but the SpamBayes rows work on the presence of 1,000 frequent words. It comes with the `bench` extra; without it, its rows
are left out and the table says so. `--small` is a run of seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.naive_bayes import MultinomialNB
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reproductions"))
from _enron import Mails, draw, load, tokenize, usenet_like

from amlsec.data import MALICIOUS, Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.learners.spambayes_tokens import presence
from amlsec.defenses.screens.roni import RONI
from amlsec.impact.measure import impacts

WORDS = 1000
SPAMBAYES = SpamBayes(tokenizer=tokenize)


@dataclass(frozen=True, eq=False)
class Task:
    """Mails, no two sets with one in common: base, quiz, more trusted ones, and offered ones, some of them poison."""

    base: Batch
    quiz: Batch
    trusted: Batch
    offered: Batch
    poison: NDArray[np.bool_]


@dataclass(frozen=True)
class Entry:
    """One contender's run: seconds for all candidates, and the shares of poison and of innocent mails it stops."""

    name: str
    seconds: float
    stopped: float = np.nan
    lost: float = np.nan


def tasks(mails: Mails, candidates: int, rng: np.random.Generator) -> tuple[Task, Task]:
    """The same task over texts and over arrays; a tenth of the candidates are dictionary mails."""
    frequent = np.argsort(-np.asarray(mails.tokens.sum(axis=0)).ravel(), kind="stable")[:WORDS]
    pool = mails.batch.rows(distinct(mails.tokens[:, frequent]))
    hostile = candidates // 10
    parts = draw(pool.y, rng, 1000, 250, 2500, (candidates - hostile) // 2)
    base, quiz, trusted, honest = (pool.rows(part) for part in parts)
    offered = honest + dictionary_mails(hostile, rng)
    poison = np.arange(len(offered)) >= len(honest)
    order = rng.permutation(len(offered))
    as_texts = Task(base, quiz, trusted, offered.rows(order), poison[order])
    return as_texts, as_arrays(as_texts, mails.vocabulary, frequent)


def distinct(rows: Any) -> NDArray[np.intp]:
    """The first of equal rows of a presence matrix."""
    rows = rows.sorted_indices()
    starts = zip(rows.indptr[:-1], rows.indptr[1:], strict=True)
    first: NDArray[np.intp] = np.unique(
        [rows.indices[start:stop].tobytes().hex() for start, stop in starts], return_index=True
    )[1]
    return first


def dictionary_mails(count: int, rng: np.random.Generator) -> Batch:
    """Spam with an empty subject and 90 % of the Usenet-like words each."""
    words = usenet_like()
    kept = [" ".join(word for word in words if rng.random() < 0.9) for _ in range(count)]
    return Batch(texts([f"\n{body}" for body in kept]), np.full(count, MALICIOUS))


def as_arrays(task: Task, vocabulary: dict[str, int], columns: NDArray[np.intp]) -> Task:
    """Presence of those columns' words."""

    def dense(batch: Batch) -> Batch:
        return Batch(presence(batch.X, tokenize, vocabulary)[0][:, columns].toarray(), batch.y)

    return Task(dense(task.base), dense(task.quiz), dense(task.trusted), dense(task.offered), task.poison)


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    answer = run()
    return time.process_time() - start, answer


def ours(text: Task, table: Task) -> list[Entry]:
    """Impacts by algebra, by training again in a loop (they must be equal), and the whole screen with its decisions."""
    bayes, _ = timed(lambda: impacts(SPAMBAYES, text.base, text.offered, text.quiz))
    exact, impact = timed(lambda: impacts(MultinomialNB(), table.base, table.offered, table.quiz))
    loop, net = timed(lambda: trained_again(table))
    if not (impact.net.sum(axis=1) == net).all():
        raise SystemExit("impacts by algebra differ from those of training again")
    return [
        Entry("amlsec impacts, SpamBayes, from raw mails", bayes),
        Entry("amlsec impacts, MultinomialNB", exact),
        Entry("clone and fit in a loop, MultinomialNB", loop),
        screened("amlsec RONI screen, SpamBayes, from raw mails", SPAMBAYES, text),
        screened("amlsec RONI screen, MultinomialNB", MultinomialNB(), table),
    ]


def trained_again(task: Task) -> NDArray[np.int64]:
    """The change in rightly judged quiz rows when each candidate joins the base."""

    def right(X: NDArray[np.float64], y: NDArray[np.int64]) -> int:
        return int((clone(MultinomialNB()).fit(X, y).predict(task.quiz.X) == task.quiz.y).sum())

    before = right(task.base.X, task.base.y)
    X, y = np.vstack([task.base.X, task.offered.X[:1]]), np.append(task.base.y, 0)
    after = []
    for row, label in zip(task.offered.X, task.offered.y, strict=True):
        X[-1], y[-1] = row, label
        after.append(right(X, y))
    return np.array(after) - before


def screened(name: str, estimator: Any, task: Task) -> Entry:
    """Fit and judge, of 5,000 trusted mails: 2,000 base, 500 quiz, 1,000 calibration, one trial."""
    screen = RONI(estimator=estimator, trials=1, at_most=(2000, 500, 1000))
    seconds, verdicts = timed(lambda: screen.fit(task.trusted).judge(task.offered))
    return decided(name, seconds, ~verdicts.accepted, task.poison)


def decided(name: str, seconds: float, stopped: NDArray[np.bool_], poison: NDArray[np.bool_]) -> Entry:
    shares = [float(stopped[which].mean()) if which.any() else np.nan for which in (poison, ~poison)]
    return Entry(name, seconds, *shares)


class Enough(Exception):
    """The toolbox has judged as many candidates as we wait for."""


def toolbox(task: Task, name: str, *, calibrated: bool, at_most: int, quiz: Batch | None = None) -> Entry:
    """Its RONIDefense on the same arrays: the base is its trusted set, its quiz it draws from the candidates.

    A given quiz is put in the place of that one. Stopped after `at_most` candidates, the time of those is scaled up, and
    what it would have stopped stays unknown. A callable metric avoids the crash of its default one on classifiers with
    probabilities.
    """
    from art.defences.detector.poison import RONIDefense
    from art.estimators.classification import SklearnClassifier

    class Counted(RONIDefense):  # type: ignore[misc]
        asked = 0

        def is_suspicious(self, before_classifier: Any, perf_shift: float) -> bool:
            if self.asked == at_most:
                raise Enough
            self.asked += 1
            return bool(super().is_suspicious(before_classifier, perf_shift))

    def run() -> Counted:
        model = SklearnClassifier(MultinomialNB().fit(task.base.X, task.base.y))
        rows = task.offered.X, np.eye(2)[task.offered.y], task.base.X, np.eye(2)[task.base.y]
        defense = Counted(model, *rows, perf_func=accuracy, calibrated=calibrated)
        if quiz is not None:
            defense.x_quiz, defense.y_quiz = quiz.X, np.eye(2)[quiz.y]
        with contextlib.suppress(Enough):
            defense.detect_poison()
        return defense

    np.random.seed(0)  # the toolbox draws from the global state
    seconds, defense = timed(run)
    scale = len(task.offered) / defense.asked
    stopped = np.array(defense.is_clean_lst) == 0
    return decided(name, seconds, stopped, task.poison) if scale == 1 else Entry(name, seconds * scale)


def accuracy(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> float:
    return float((y_true.argmax(axis=1) == y_pred.argmax(axis=1)).mean())


def toolbox_entries(task: Task) -> list[Entry]:
    """Uncalibrated in full; the default mode timed on 3 candidates, and decided in full on 60 alone, also with our quiz."""
    few = replace(task, offered=task.offered.rows(slice(0, 60)), poison=task.poison[:60])
    count = len(task.offered)
    return [
        toolbox(task, "ART RONIDefense uncalibrated, MultinomialNB", calibrated=False, at_most=count),
        toolbox(task, "ART RONIDefense default, MultinomialNB: 3 judged, scaled up", calibrated=True, at_most=3),
        toolbox(few, "ART RONIDefense default, MultinomialNB: offered 60 only", calibrated=True, at_most=60),
        toolbox(few, "the same 60, its quiz replaced by trusted mails", calibrated=True, at_most=60, quiz=task.quiz),
    ]


def has_toolbox() -> bool:
    return importlib.util.find_spec("art") is not None


def table(runs: Sequence[Sequence[Entry]]) -> str:
    """Medians over the runs, as Markdown."""
    lines = [
        "| contender | processor seconds (least to most) | poison stopped | innocent mails stopped |",
        "|---|---|---|---|",
    ]
    for entries in zip(*runs, strict=True):
        seconds = [entry.seconds for entry in entries]
        span = f"{np.median(seconds):.3g} ({min(seconds):.3g} to {max(seconds):.3g})"
        shares = [shown([entry.stopped for entry in entries]), shown([entry.lost for entry in entries])]
        lines.append(f"| {entries[0].name} | {span} | {' | '.join(shares)} |")
    return "\n".join(lines)


def shown(shares: Sequence[float]) -> str:
    return "-" if np.isnan(shares).any() else f"{np.median(shares):.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description="RONI against the Adversarial Robustness Toolbox")
    parser.add_argument("--small", action="store_true", help="100 candidates, once")
    small = parser.parse_args().small
    mails, runs = load(), []
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # the toolbox warns of every library it does not find
        for seed in range(1 if small else 3):
            as_text, as_table = tasks(mails, 100 if small else 1000, np.random.default_rng(seed))
            runs.append(ours(as_text, as_table) + (toolbox_entries(as_table) if has_toolbox() else []))
            print(f"run {seed} done", file=sys.stderr, flush=True)
    print(table(runs))
    print("" if has_toolbox() else "\nThe toolbox is not installed: pip install 'amlsec[bench]'")


if __name__ == "__main__":
    main()
