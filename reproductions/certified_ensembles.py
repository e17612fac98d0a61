"""What five certified ensembles prove of spam, by row and by source, and two of them of digits.

5,000 ham and 5,000 spam of Enron-Spam, 500 and 500 to test, a part for every 40 mails, SpamBayes filters with a score above
0.5 for spam, three folds (--small: one of a fifth of the mails). Of scikit-learn's 1,797 digits 500 are tested, 50 parts,
multinomial naive Bayes. The papers used images and networks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _data import data_path
from _enron import CORPUS, Mails, draw, load
from numpy.typing import NDArray
from partition_ensemble import OwnColumns
from sklearn.datasets import load_digits
from sklearn.naive_bayes import MultinomialNB

from amlsec.defenses.learners.bagged_ensemble import BaggedEnsemble
from amlsec.defenses.learners.finite_aggregation import FiniteAggregation
from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.defenses.learners.run_off_election import RunOffElection
from amlsec.defenses.learners.source_ensemble import SourceEnsemble
from amlsec.defenses.learners.spambayes import SpamBayes

NEEDS = (CORPUS,)
A_PART, SPREAD, MODELS, SAMPLE = 40, 4, 1000, 50
DIGIT_PARTS, DIGITS_TESTED, DIGIT_ROWS = 50, 500, 15
MAILBOXES, DAYS = "by mailbox, 6 sources", "by day of a mailbox"
Bounds = dict[str, NDArray[np.int64]]


def filters() -> Any:
    return OwnColumns(SpamBayes(threshold=0.5))


def rivals(base: Any, parts: int) -> dict[str, Any]:
    """The ensembles whose models vote on equal shares of the rows."""
    return {
        "partition ensemble": PartitionEnsemble(base, partitions=parts),
        f"finite aggregation, spread {SPREAD}": FiniteAggregation(base, partitions=parts, spread=SPREAD),
        "run-off election": RunOffElection(base, partitions=parts),
    }


def bounds(fitted: Any, X: Any, y: NDArray[Any]) -> NDArray[np.int64]:
    """How many rows each right prediction bears; -1 where it is wrong."""
    said = fitted.certify_probably(X) if isinstance(fitted, BaggedEnsemble) else fitted.certify(X)
    return np.where(fitted.predict(X) == y, said, -1)


def deliveries(mails: Mails) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """The mailbox that each mail lay in, and that with the day it came."""
    import pandas

    table = pandas.read_parquet(data_path(CORPUS)).fillna({"subject": "", "body": ""})
    found: dict[str, tuple[str, str]] = {}
    for subject, body, folder, date in zip(table["subject"], table["body"], table["folder"], table["date"], strict=True):
        found.setdefault(f"{subject}\n{body}", (folder, f"{folder} {date}"))
    boxes, days = zip(*(found[mail] for mail in mails.batch.X), strict=True)
    return np.array(boxes), np.array(days)


def spam_fold(mails: Mails, sources: tuple[NDArray[np.str_], ...], half: int, seed: int) -> tuple[Bounds, Bounds, float]:
    """What each ensemble proves by rows, and by sources, and how often one filter of all mails is right."""
    y = mails.batch.y
    train, test = draw(y, np.random.default_rng(seed), half, half // 10)
    X, asked, parts = mails.tokens[train], mails.tokens[test], 2 * half // A_PART
    by_row = rivals(filters(), parts) | {"bagged ensemble": BaggedEnsemble(filters(), models=MODELS, sample=SAMPLE)}
    proved = {name: bounds(model.fit(X, y[train]), asked, y[test]) for name, model in by_row.items()}
    boxes, days = (names[train] for names in sources)
    by_source = {MAILBOXES: (boxes, 10**6), DAYS: (days, parts // 2)}
    told = {
        name: bounds(SourceEnsemble(filters(), partitions=k).fit(X, y[train], source=of), asked, y[test])
        for name, (of, k) in by_source.items()
    }
    return proved, told, float(filters().fit(X, y[train]).score(asked, y[test]))


def digit_fold(seed: int) -> Bounds:
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    test, train = order[:DIGITS_TESTED], order[DIGITS_TESTED:]
    models = rivals(MultinomialNB(), DIGIT_PARTS)
    return {name: bounds(model.fit(X[train], y[train]), X[test], y[test]) for name, model in models.items()}


def share(folds: Sequence[Bounds], name: str, rows: int) -> list[float]:
    return [float((fold[name] >= rows).mean()) for fold in folds]


def claims(proved: Sequence[Bounds], told: Sequence[Bounds], alone: list[float], parts: int, slack: float) -> list[Claim]:
    first, spread, run_off, bagged = proved[0]
    few, many = parts // 10, parts // 5
    apart = [float(np.abs(fold[first] - fold[run_off]).max()) for fold in proved]
    gain = [a - b for a, b in zip(share(proved, spread, few), share(proved, first, few), strict=True)]
    return [
        Claim("one SpamBayes right, no attack", alone, 0.95, 1),
        Claim("partition ensemble right, no attack", share(proved, first, 0), 0.92, 1),
        Claim(f"partition ensemble right and proved against {few} mails", share(proved, first, few), 0.80, 1),
        Claim(f"partition ensemble right and proved against {many} mails", share(proved, first, many), 0.60, 1),
        Claim(f"finite aggregation right and proved against {few} mails, less that", gain, -0.02 - slack / 5, 1),
        Claim("run-off election: largest difference of its bounds from the partition ensemble's", apart, 0, 0, unit="mails"),
        Claim("bagged ensemble right, no attack", share(proved, bagged, 0), 0.92, 1),
        Claim(f"bagged ensemble right, {few} mails borne with confidence 99.9 %", share(proved, bagged, few), 0.60, 1),
        Claim("right, no attack: a model a mailbox", share(told, MAILBOXES, 0), 0.92, 1),
        Claim("right and proved while 1 of 6 mailboxes lies", share(told, MAILBOXES, 1), 0.80 - slack, 1),
        Claim("right and proved while 2 of 6 mailboxes lie", share(told, MAILBOXES, 2), 0.60 - slack, 1),
        Claim("right, no attack: by day of a mailbox", share(told, DAYS, 0), 0.92, 1),
        Claim(
            f"right and proved while the mails of {parts // 50} days of a mailbox lie",
            share(told, DAYS, parts // 50),
            0.85,
            1,
        ),
    ]


def digit_claims(digits: Sequence[Bounds]) -> list[Claim]:
    first, spread, run_off = digits[0]
    known = share(digits, first, DIGIT_ROWS)
    gains = {name: np.subtract(share(digits, name, DIGIT_ROWS), known).tolist() for name in (spread, run_off)}
    for name in digits[0]:
        found = ", ".join(f"{rows}: {np.mean(share(digits, name, rows)):.1%}" for rows in (0, 5, 10, 15, 20))
        note(f"digits right and proved against rows, {name}: {found}")
    note(f"digits, run-off election less partition ensemble at {DIGIT_ROWS} rows: {np.mean(gains[run_off]):+.1%}")
    return [Claim(f"digits, finite aggregation less partition ensemble at {DIGIT_ROWS} rows", gains[spread], 0, 1, "more")]


def panel(axes: Any, folds: Sequence[Mapping[str, NDArray[np.int64]]], most: int, x: str, title: str) -> None:
    """The share right and proved, mean over folds, against the number of poison rows or lying sources."""
    at = np.arange(most + 1)
    for name, line in zip(folds[0], ("-", "-", "--", "-"), strict=False):
        curve = np.mean([[(fold[name] >= r).mean() for r in at] for fold in folds], axis=0)
        axes.step(at, 100 * curve, line, where="mid", label=name)
    axes.set(xlabel=x, ylabel="right and proved, %", ylim=(0, 101), title=title)
    axes.legend(fontsize="small")


def draw_curves(proved: Sequence[Bounds], told: Sequence[Bounds], digits: Sequence[Bounds], parts: int, out: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    spam, sources, ten = figure.subplots(1, 3)
    panel(spam, proved, parts // 2 + parts // 10, "mails added or removed (bagged: or changed)", f"spam, {parts} parts")
    panel(sources, told, parts // 4 + 1, "sources that lie", "spam, by source")
    sources.set_xscale("symlog", linthresh=4)
    sources.set_xticks([0, 1, 2, 3, 4, 10, 20, 50], ["0", "1", "2", "3", "4", "10", "20", "50"])
    panel(ten, digits, DIGIT_PARTS // 2, "digits added or removed", f"ten digits, {DIGIT_PARTS} parts")
    save(figure, "certified_ensembles", out)


def run(small: bool, out: Path) -> int:
    """Compare what the certified ensembles prove, and at what price."""
    mails, half = load(), 1000 if small else 5000
    sources = deliveries(mails)
    found = []
    for seed in range(1 if small else 3):
        found.append(spam_fold(mails, sources, half, seed))
        note(f"fold {seed} done")
    proved, told, alone = (list(part) for part in zip(*found, strict=True))
    digits = [digit_fold(seed) for seed in range(1 if small else 3)]
    parts = 2 * half // A_PART
    draw_curves(proved, told, digits, parts, out)
    made = claims(proved, told, alone, parts, 0.15 if small else 0.0) + digit_claims(digits)
    return conclude("Certified ensembles, Enron-Spam and digits", made)


if __name__ == "__main__":
    main(run)
