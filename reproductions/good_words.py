"""Good words (Lowd and Meek 2005): how many added words take half of the blocked spam past four filters.

Naive Bayes, maximum entropy, the SpamBayes scorer and bogofilter, run as a command, learn from 3,000 ham and 3,000 spam of
Enron-Spam. The attacker's word lists come from other 1,500 and 1,500, his probes are 20 other spam mails, and the words are
added to the blocked ones of 300 more (bogofilter: 60 of them); three folds (--small: one, of fewer mails).
"""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _bogofilter import BOGOFILTER, HAM, NOT_SPAM, asked, trained
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, GCIDE, aspell_like, corpus, draw, usenet_like
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from amlsec.attacks.evasion.best_words import best_first
from amlsec.attacks.evasion.first_words import first_good
from amlsec.attacks.text_steps import Words
from amlsec.attacks.word_lists import Study, learned
from amlsec.budget import EvasionBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.oracle import Classifier, Model, Oracle
from amlsec.space.text import TextSpace, infer_words
from amlsec.threat import Access

NEEDS = (CORPUS, str(GCIDE), str(BOGOFILTER))
PAPER = ("naive Bayes", "maximum entropy")
PASSIVE, ACTIVE = "frequency ratio", "best-N of frequent ham words"
LONGEST = 1_000
QUERIES = 4_000


@dataclass(frozen=True)
class Size:
    """How many of each label serve as what, how many blocked mails get words (from bogofilter), and how many words."""

    train: int
    known: int
    probes: int
    test: int
    judged: int
    by_command: int
    words: tuple[int, ...]
    candidates: int


FULL = Size(3000, 1500, 20, 300, 300, 60, (0, 5, 10, 15, 20, 30, 50, 75, 100, 150, 300, LONGEST), 1000)
SMALL = Size(1500, 500, 10, 300, 50, 15, (0, 10, 30, 150), 200)


@dataclass(frozen=True)
class Found:
    """The share of blocked mails that passes with so many words, how many words half of them need, and the queries spent."""

    shares: list[float]
    half: float
    queries: int


Results = dict[str, dict[str, Found]]


def filters(train: Batch, folder: Path, small: bool) -> dict[str, Model]:
    """The four filters; the two that may be unsure once more, where only what they call ham passes."""
    bayes = make_pipeline(CountVectorizer(binary=True), MultinomialNB())
    entropy = make_pipeline(CountVectorizer(binary=True), LogisticRegression(max_iter=1000))
    models: dict[str, Model] = {
        "naive Bayes": Classifier(bayes.fit(train.X, train.y)),
        "maximum entropy": Classifier(entropy.fit(train.X, train.y)),
        "SpamBayes": Classifier(SpamBayes(threshold=0.9).fit(train.X, train.y)),
        "bogofilter": asked(trained(train, folder), NOT_SPAM),
    }
    if small:
        return models
    must_be_ham = Classifier(SpamBayes(threshold=0.15).fit(train.X, train.y))
    return {**models, "SpamBayes, called ham": must_be_ham, "bogofilter, called ham": asked(folder, HAM)}


def passive(known: Batch, rng: np.random.Generator, small: bool) -> dict[str, Words]:
    """What one may add without asking: words of ham, of ham far more than of spam, of English, of a dictionary."""
    ham = Counter(word for row in known.labelled(BENIGN).X for word in sorted(set(row.split())))
    frequent = tuple(word for word, _ in ham.most_common(10_000) if len(word) >= 3)
    lists = {"frequent ham words": frequent, PASSIVE: infer_words(known, most=LONGEST).words}
    if small:
        return lists
    english = tuple(word for word in usenet_like()[:10_000] if len(word) >= 3)
    return {**lists, "frequent English": english, "dictionary": tuple(map(str, rng.permutation(aspell_like())))}


def searches(lists: dict[str, Words], size: Size) -> dict[str, tuple[Study, Words]]:
    """What one may find out by asking, and the words that are tried."""
    ham = lists["frequent ham words"][: size.candidates]
    both: dict[str, tuple[Study, Words]] = {"first-N of frequent ham words": (first_good, ham), ACTIVE: (best_first, ham)}
    if "dictionary" not in lists:
        return both
    return {**both, "best-N of a dictionary": (best_first, lists["dictionary"][: 5 * size.candidates])}


def found_by_asking(model: Model, probes: Rows, study: Study, candidates: Words) -> tuple[Words, int]:
    """The list that the probes, as far as they are blocked, show to be good, and how many queries that took."""
    X = probes[model.labels(probes) == MALICIOUS][:10]
    oracle = Oracle(model, access=Access.LABELS, rows=len(X), queries=QUERIES)
    budget, rng = EvasionBudget(200, QUERIES), np.random.default_rng(0)
    _, words = learned(oracle, X, study, space=TextSpace(candidates), budget=budget, rng=rng)
    return words, int(oracle.spent.sum())


def measured(model: Model, blocked: Rows, words: Words, numbers: Sequence[int], queries: int = 0) -> Found:
    """How blocked mails fare with the first words of a list."""

    def share(many: int) -> float:
        return float((model.labels(texts([" ".join([mail, *words[:many]]) for mail in blocked])) == BENIGN).mean())

    shares = [share(many) for many in numbers]
    return Found(shares, half(share, shares, [min(many, len(words)) for many in numbers]), queries)


def half(share: Callable[[int], float], shares: Sequence[float], numbers: Sequence[int]) -> float:
    """The fewest words with which half pass, between the numbers looked at; infinity where none of these did."""
    first = next((k for k, passed in enumerate(shares) if passed >= 0.5), None)
    if first is None:
        return math.inf
    low, high = numbers[first - 1], numbers[first]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if share(middle) >= 0.5 else (middle, high)
    return high


def fold(size: Size, seed: int, small: bool) -> tuple[Results, dict[str, tuple[float, float]]]:
    """What came of every list on every filter; and the shares of clean ham and spam that each blocks."""
    mails = corpus()
    with_header = Batch(texts(["Subject: " + mail.replace("\n", "\n\n", 1) for mail in mails.X]), mails.y)
    rng = np.random.default_rng(seed)
    places = draw(mails.y, rng, size.train, size.known, size.probes, size.test)
    train, known, probes, test = (with_header.rows(part) for part in places)
    lists, results, clean = passive(known, rng, small), Results(), {}
    with tempfile.TemporaryDirectory() as folder:
        for name, model in filters(train, Path(folder), small).items():
            verdicts = model.labels(test.X)
            clean[name] = tuple(float(verdicts[test.y == label].mean()) for label in (BENIGN, MALICIOUS))
            blocked = test.X[(test.y == MALICIOUS) & (verdicts == MALICIOUS)]
            blocked = blocked[: size.by_command if name.startswith("bogofilter") else size.judged]
            results[name] = {way: measured(model, blocked, words, size.words) for way, words in lists.items()}
            for way, (study, candidates) in searches(lists, size).items():
                words, queries = found_by_asking(model, probes.labelled(MALICIOUS).X, study, candidates)
                results[name][way] = measured(model, blocked, words, size.words, queries)
            note(f"fold {seed}: {name} done")
    return results, clean


def claims(folds: Sequence[Results], clean: Sequence[dict[str, tuple[float, float]]]) -> list[Claim]:
    made = []
    for name in PAPER:
        made += [
            Claim(f"{name}: ham blocked, no attack", [each[name][0] for each in clean], 0, 0.05),
            Claim(f"{name}: spam blocked, no attack", [each[name][1] for each in clean], 0.9, 1),
            needed(folds, name, PASSIVE, 150),
            needed(folds, name, "frequent ham words", 150),
            needed(folds, name, ACTIVE, 30),
        ]
    return made


def needed(folds: Sequence[Results], name: str, way: str, paper: int) -> Claim:
    values = [each[name][way].half for each in folds]
    return Claim(f"{name}: {way}, for half of the blocked spam", values, 0, paper, f"{paper} words", "words")


def tell(folds: Sequence[Results], clean: Sequence[dict[str, tuple[float, float]]]) -> None:
    """Words that half of the blocked spam needs, for every filter and list: measured, with no figure of the paper beside."""
    print("\n| filter | ham blocked | spam blocked |", *(f" {way} |" for way in next(iter(folds[0].values()))), sep="")
    print("|---|---|---|", "---|" * len(next(iter(folds[0].values()))), sep="")
    for name, ways in folds[0].items():
        blocked = (f"{np.mean([each[name][k] for each in clean]):.1%}" for k in (0, 1))
        cells = (_cell([each[name][way] for each in folds]) for way in ways)
        print("|", " | ".join([name, *blocked, *cells]), "|")


def _cell(found: Sequence[Found]) -> str:
    numbers = ", ".join(f"{each.half:.0f}" if math.isfinite(each.half) else "never" for each in found)
    queries = int(np.median([each.queries for each in found]))
    return f"{numbers} ({queries:,} queries)" if queries else numbers


def draw_curves(folds: Sequence[Results], numbers: Sequence[int], out: Path) -> None:
    """The share of blocked spam that passes, against the words added: the passive list, and the one found by asking."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4))
    for axes, way, paper in zip(figure.subplots(1, 2, sharey=True), (PASSIVE, ACTIVE), (150, 30), strict=True):
        for name in folds[0]:
            shares = 100 * np.mean([each[name][way].shares for each in folds], axis=0)
            axes.plot(numbers, shares, "--" if "called ham" in name else "-", marker=".", label=name)
        axes.plot(paper, 50, "k*", label="Lowd and Meek 2005")
        axes.set_xscale("symlog", linthresh=10)
        axes.set(title=way, xlabel="words added to each mail", xlim=(0, 200), ylim=(-2, 102))
        axes.set_xticks([0, 5, 10, 20, 30, 50, 150], ["0", "5", "10", "20", "30", "50", "150"])
    figure.axes[0].set_ylabel("blocked spam that passes, %")
    figure.axes[1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    save(figure, "good_words", out)


def run(small: bool, out: Path) -> int:
    """Reproduce the good word attack on naive Bayes and maximum entropy, and measure it on SpamBayes and bogofilter."""
    size = SMALL if small else FULL
    both = [fold(size, seed, small) for seed in range(1 if small else 3)]
    folds, clean = [results for results, _ in both], [shares for _, shares in both]
    draw_curves(folds, size.words, out)
    tell(folds, clean)
    return conclude("Good words on Enron-Spam", claims(folds, clean))


if __name__ == "__main__":
    main(run)
