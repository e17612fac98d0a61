"""Clicks alone: how many mails a spammer sends until half of his campaigns get through, and which guard makes it most.

2,000 ham and 2,000 spam of Enron-Spam to train on, three folds (--small: 500, one fold, two guards).
A campaign is one spam that the filter stops. The spammer has read 500 other ham: he adds 100 of the words frequent in them,
in random order, for he does not know which the filter likes. He sees clicks: 2 % of delivered copies, unevenly, 0.2 % of
all copies by scanners, after two rounds on average. A campaign is through when he has found, and believes in, words with
which it passes. Beside the click test and the click bandit he sends one set of words after the other, each in as many
copies as a test of fixed size with the click test's own chances of error needs. Behind a guard that remembers what it met,
four mails of others, half of them ham, come in for each of his.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count, cycle
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import CORPUS, draw, load
from numpy.typing import NDArray
from scipy.stats import betabinom, binom
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from amlsec.attacks.evasion.click_test import WRONGLY_BELIEVED, WRONGLY_DROPPED
from amlsec.attacks.word_sets import word_sets
from amlsec.budget import EvasionBudget
from amlsec.catalogue import Card, Kind, named, of_kind
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.evaluation.systems import system
from amlsec.frame import evade
from amlsec.oracle import Model, Oracle
from amlsec.outcomes import Channel
from amlsec.sessions import Session
from amlsec.space.contract import Space
from amlsec.space.text import TextSpace, textual
from amlsec.threat import Access

NEEDS = (CORPUS,)
WORDS, MOST, SIZE, LONG = 100, 1000, 13, 30
OTHERS, STRANGERS = 4, 1_000_000
BEARABLE = 0.1
TICKS = (50, 100, 200, 500, 1000)
GRANTS = (100, 200, 300, 400, 500, 600, 800, MOST)
FILTERS = {
    "naive Bayes": make_pipeline(CountVectorizer(binary=True), MultinomialNB()),
    "SpamBayes": SpamBayes(),
}


@dataclass(frozen=True)
class Played:
    """Campaigns after an attack: mails sent for each, whether it passes, whether he believes so."""

    mails: NDArray[np.int64]
    passed: NDArray[np.bool_]
    believed: NDArray[np.bool_]

    @property
    def half(self) -> float:
        """The mails with which half of the campaigns got through; MOST where so many were not enough."""
        spent = np.sort(np.where(self.passed, self.mails, MOST))
        return float(spent[(len(spent) + 1) // 2 - 1])


@cache
def plan(channel: Channel, wrongly_believed: float, wrongly_dropped: float) -> tuple[int, int]:
    """How many lots of SIZE copies, and how many clicks to believe at, give a test of fixed size these chances of error."""
    lot = betabinom.pmf(np.arange(SIZE + 1), SIZE, *channel.beta)
    machines = binom.pmf(np.arange(SIZE + 1), SIZE, channel.scanners)
    clicks = lot_sum = np.convolve(lot, machines)
    for lots in count(1):
        least = int(binom.isf(wrongly_believed, lots * SIZE, channel.scanners)) + 1
        if clicks[:least].sum() <= wrongly_dropped:
            return lots, least
        clicks = np.convolve(clicks, lot_sum)
    raise AssertionError


def one_by_one(oracle: Oracle, X: Rows, /, *, space: Space, budget: EvasionBudget, rng: np.random.Generator) -> Rows:
    """Each set of words in as many copies as a test of fixed size needs; the first that gets enough clicks is believed."""
    words, best, going = textual(space), X.copy(), np.arange(len(X))
    sets = [word_sets(words.promising(BENIGN), budget.cost, own) for own in rng.spawn(len(X))]
    for place in count(1):
        lots, least = plan(oracle.channel, WRONGLY_BELIEVED * 6 / np.pi**2 / place**2, WRONGLY_DROPPED)
        going = going[oracle.left(going) >= lots * SIZE]
        if not len(going):
            return best
        sent = texts([words.adding(X[i], next(sets[i])) for i in going])
        campaigns = [oracle.send(sent, np.full(len(going), SIZE), of=going) for _ in range(lots)]
        oracle.wait(LONG)
        enough = oracle.clicks()[np.array(campaigns)].sum(axis=0) >= least
        best[going[enough]] = sent[enough]
        going = going[~enough]
    raise AssertionError


TEST, BANDIT = named("click-test"), named("click-bandit")
ONE_BY_ONE = Card("one-by-one", Kind.EVASION, one_by_one, TEST.threats, TEST.references, access=Access.OUTCOMES)


class Recalling(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of texts that works out each text once; only quicker."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Rows, y: NDArray[np.int64]) -> Recalling:
        self.estimator_, self.known_ = clone(self.estimator).fit(X, y), dict[str, list[float]]()
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X: Rows) -> NDArray[np.float64]:
        new = [row for row in dict.fromkeys(X) if row not in self.known_]
        if new:
            self.known_ |= dict(zip(new, self.estimator_.predict_proba(texts(new)).tolist(), strict=True))
        return np.array([self.known_[row] for row in X]).reshape(-1, 2)

    def predict(self, X: Rows) -> NDArray[np.int64]:
        return (self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)


class InTraffic:
    """A model that others ask too: OTHERS times as many mails of theirs, each of a new sender, stand between the spammer's.

    `ham` counts how many of the others' ham were sent, and stopped.
    """

    def __init__(self, model: Any, others: Batch, rng: np.random.Generator) -> None:
        self.model, self.others, self.rng = model, others, rng
        self.labels, self.scores, self.every_copy = model.labels, model.scores, True
        self.ham = np.zeros(2, dtype=np.int64)

    def session(self, accounts: int = 1) -> InSession:
        return InSession(self, self.model.session(accounts))


class InSession:
    """One game in traffic."""

    def __init__(self, traffic: InTraffic, met: Session) -> None:
        self.traffic, self.met, self.sent = traffic, met, 0

    def labels(self, X: Rows, of: NDArray[np.intp], /) -> NDArray[np.int64]:
        traffic, many = self.traffic, OTHERS * len(X)
        drawn = traffic.others.rows(traffic.rng.integers(0, len(traffic.others), many))
        place = np.argsort(traffic.rng.permutation(len(X) + many))
        strangers = STRANGERS + self.sent + np.arange(many)
        order = np.argsort(place)
        verdicts = self.met.labels(np.concatenate([X, drawn.X])[order], np.concatenate([of, strangers])[order])[place]
        self.sent += many
        traffic.ham += [(drawn.y == BENIGN).sum(), ((drawn.y == BENIGN) & (verdicts[len(X) :] == MALICIOUS)).sum()]
        return verdicts[: len(X)]

    def scores(self, X: Rows, of: NDArray[np.intp], /) -> NDArray[np.float64]:
        return self.met.scores(X, of)


@dataclass(frozen=True)
class Mailbox:
    """A filter's training mails, the mails of others that come in, the spammer's words, and spam to bring through."""

    train: Batch
    others: Batch
    space: TextSpace
    spam: Rows

    def behind(self, guard: Card | None, filtered: Any) -> Any:
        """The filter, alone or behind a guard; in traffic where it remembers whom it met."""
        offers = {"estimator": Recalling(filtered), "space": self.space, "random_state": 0}
        model: Any = system(guard, offers).train(self.train, self.train.rows([]))
        every = getattr(model, "every_copy", False)
        return InTraffic(model, self.others, np.random.default_rng(0)) if every else model


def mailbox(small: bool, seed: int) -> Mailbox:
    batch, rng = load().batch, np.random.default_rng(seed)
    train, his, test, others = draw(batch.y, rng, *((500, 300, 150, 300) if small else (2000, 500, 300, 1000)))
    read = Counter(word for row in batch.rows(his).labelled(BENIGN).X for word in set(row.split()) if word.isalpha())
    frequent = sorted(word for word, rows in read.items() if rows >= 10)
    space = TextSpace([str(word) for word in rng.permutation(frequent)])
    return Mailbox(batch.rows(train), batch.rows(others), space, batch.rows(test).labelled(MALICIOUS).X)


def play(attack: Card, model: Model, box: Mailbox, spam: Rows, mails: int) -> Played:
    """The attack on these campaigns, each with so many mails."""
    budget, rng = EvasionBudget(WORDS, mails), np.random.default_rng(mails)
    result = evade(attack, model, spam, space=box.space, budget=budget, rng=rng)
    return Played(result.queries, result.verdicts == BENIGN, spam != result.X)


def fold(small: bool, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each filter: what the attacks make of the same campaigns, and the click test behind each guard."""
    box = mailbox(small, seed)
    for name, filtered in FILTERS.items():
        model = box.behind(None, filtered)
        spam = box.spam[model.labels(box.spam) == MALICIOUS][: 24 if small else 40]
        attacks = {card.name: play(card, model, box, spam, MOST) for card in (TEST, ONE_BY_ONE)}
        bandit = {mails: play(BANDIT, model, box, spam, mails) for mails in (GRANTS[4:6] if small else GRANTS)}
        stopped = {"none": ham_stopped(model, box)}
        guards = {"none": attacks[TEST.name]}
        for guard in _guards(small):
            guarded = box.behind(guard, filtered)
            guards[guard.name] = play(TEST, guarded, box, spam, MOST)
            stopped[guard.name] = ham_stopped(guarded, box)
            note(f"fold {seed}, {name} behind {guard.name}: {guards[guard.name].half:.0f} mails")
        yield name, {"attacks": attacks, "bandit": bandit, "guards": guards, "stopped": stopped}


def ham_stopped(model: Any, box: Mailbox) -> float:
    """The share of others' ham that was stopped while the attack went on; of a model that remembers nothing, at any time."""
    if isinstance(model, InTraffic):
        return float(model.ham[1] / model.ham[0])
    return float((model.labels(box.others.labelled(BENIGN).X) == MALICIOUS).mean())


def _guards(small: bool) -> list[Card]:
    """The catalogue's guards of texts; the quick run takes two."""
    guards = [card for card in of_kind(Kind.GUARD) if "text" in card.spaces]
    return guards[:2] if small else guards


def bandit_half(grants: Mapping[int, Played]) -> float:
    """The least of the grants with which half of the campaigns get through; MOST where none is enough."""
    return float(next((mails for mails, played in grants.items() if played.passed.mean() >= 0.5), MOST))


Folds = Sequence[dict[str, dict[str, Any]]]


def claims(folds: Folds) -> list[Claim]:
    return [claim for name in FILTERS for claim in _claims_of(name, [each[name] for each in folds])]


def _claims_of(name: str, folds: Sequence[dict[str, Any]]) -> list[Claim]:
    test, naive = ([each["attacks"][card.name] for each in folds] for card in (TEST, ONE_BY_ONE))
    ratio = [slow.half / quick.half for quick, slow in zip(test, naive, strict=True)]
    best, bearable = best_guard(folds, 1.0), best_guard(folds, BEARABLE)
    raised, bearably = (
        [each["guards"][guard].half / each["guards"]["none"].half for each in folds] for guard in (best, bearable)
    )
    return [
        Claim(
            f"{name}: mails until half of the campaigns are through, click test",
            [each.half for each in test],
            80,
            400,
            unit="",
        ),
        Claim(f"{name}: same, one set after the other, over the click test's", ratio, 1.1, 100, unit="times"),
        Claim(f"{name}: same, click bandit", [bandit_half(each["bandit"]) for each in folds], 80, 1000, unit=""),
        Claim(f"{name}: click test, believed while mails last, though stopped", [_wrong(each) for each in test], 0, 0.05),
        Claim(f"{name}: mails behind {best}, over those without a guard", raised, 1, 100, unit="times"),
        Claim(f"{name}: same, {bearable}, the best of those that stop 10 % of ham at most", bearably, 1, 100, unit="times"),
    ]


def _wrong(played: Played) -> float:
    return float((played.believed & ~played.passed & (played.mails < MOST)).mean())


def best_guard(folds: Sequence[dict[str, Any]], ham: float) -> str:
    """The guard behind which half of the campaigns take the most mails; of equals, behind which fewest get through.

    Of those that stop this share of ham at most.
    """
    guards = [name for name in folds[0]["guards"] if name != "none" and np.mean([f["stopped"][name] for f in folds]) <= ham]
    return max(
        guards, key=lambda name: (_mean(folds, name, "half"), -np.mean([each["guards"][name].passed for each in folds]))
    )


def _mean(folds: Sequence[dict[str, Any]], guard: str, what: str) -> float:
    return float(np.mean([getattr(each["guards"][guard], what) for each in folds]))


def show_guards(folds: Folds) -> None:
    """What each guard makes of the click test, and of ham."""
    print(f"\n| filter | guard | mails until half are through | through with {MOST} | ham stopped |\n|---|---|---|---|---|")
    for name in FILTERS:
        ours = [each[name] for each in folds]
        for guard in ours[0]["guards"]:
            half, through = (
                f"{_mean(ours, guard, 'half'):.0f}",
                np.mean([each["guards"][guard].passed.mean() for each in ours]),
            )
            stopped = np.mean([each["stopped"][guard] for each in ours])
            print(f"| {name} | {guard} | {half} | {through:.1%} | {stopped:.1%} |")


def draw_curves(folds: Folds, out: Path) -> None:
    """The share of campaigns through against mails sent for each, by attack and by guard."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7))
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for column, name in enumerate(FILTERS):
        ours = [each[name] for each in folds]
        for card, label in ((TEST, "click test"), (ONE_BY_ONE, "one set after the other")):
            axes[0, column].plot(*_curve([each["attacks"][card.name] for each in ours]), label=label)
        grants = list(ours[0]["bandit"])
        shares = [100 * np.mean([each["bandit"][mails].passed.mean() for each in ours]) for mails in grants]
        axes[0, column].plot(grants, shares, "o-", label="click bandit, mails granted")
        for guard, dash in zip(ours[0]["guards"], cycle(("-", "--", ":"))):
            axes[1, column].plot(*_curve([each["guards"][guard] for each in ours]), dash, label=guard)
        axes[0, column].set(title=name, xscale="log", xlim=(50, MOST), ylim=(0, 101), xticks=TICKS, xticklabels=TICKS)
        axes[1, column].set(xlabel="mails sent for a campaign")
    for row, what, title in zip(axes, ("no guard", "click test"), ("attack", "guard"), strict=True):
        row[0].set(ylabel=f"campaigns through, %\n({what})")
        row[1].legend(title=title, fontsize="small", loc="center left", bbox_to_anchor=(1.02, 0.5))
        for each in row:
            each.axhline(50, color="grey", linewidth=0.8, linestyle=":")
            each.minorticks_off()
    save(figure, "clicks", out)


def _curve(played: Sequence[Played]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each number of mails, the share of all campaigns that were through with so many."""
    mails = np.arange(1, MOST + 1)
    spent = np.sort(np.concatenate([np.where(each.passed, each.mails, MOST + 1) for each in played]))
    return mails, 100 * np.searchsorted(spent, mails, side="right") / len(spent)


def run(small: bool, out: Path) -> int:
    """Count the mails of spammers who see clicks alone."""
    folds = [dict(fold(small, seed)) for seed in range(1 if small else 3)]
    draw_curves(folds, out)
    show_guards(folds)
    return conclude("Evasion from clicks alone, Enron-Spam", claims(folds))


if __name__ == "__main__":
    main(run)
