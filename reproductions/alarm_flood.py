"""Floods of false alarms: how few rows drown the alarms of a network, what guards save, and how one sender is smeared.

NSL-KDD with the audit's usual model for tables: 3,000 connections to train on, 100 benign ones of the attacker's to change, and
days of 10,000 others (0.5 % attacks) with 150 alarms read. Enron-Spam with the usual model for texts: mails that one person
signed, 40 of them to find words on. Three folds (--small: one, of fewer). No paper gives these figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _days import Day, Network, attacks_of_his, flood, guarded, guards_of_alarms, network, play, surely, times
from _enron import CORPUS
from _victim import Smeared, one_by_one, smeared, victim, words_for

from amlsec.budget import EvasionBudget
from amlsec.data import MALICIOUS, Rows
from amlsec.datasets.nsl_kdd import FILE
from amlsec.evaluation.flooding import Watch, over, rows_to_drown, rows_to_level
from amlsec.evidence import Interval, rate
from amlsec.oracle import Classifier

NEEDS = (FILE, CORPUS)
BUDGET = EvasionBudget(3.0, 200)
TENTH, HALF, SEEN = 0.10, 0.50, 0.25
NONE, MONITOR, DRIFT = "no guard", "alarm-rate-monitor", "drift-monitor"
BLIND, SURE, KNOWN, SLOW, SAME = (
    "alarm flood",
    "alarms as sure as attacks",
    "attacks, sent as they are",
    "alarm flood, too slow to be told",
    "one passing row, again and again",
)
SENT = {True: (300, 3000), False: (30, 100, 300, 1000, 3000, 10_000)}
WORDS = {True: (1, 2, 5, 10, 20), False: (1, 2, 3, 5, 8, 12, 20, 30)}


@dataclass(frozen=True)
class Flooded:
    """What attackers of one network win.

    Attributes
    ----------
    watch : the usual day
    raised : for each attack, the share of his connections that raise an alarm
    queries : for each attack, queries a row
    planned : rows a day to each level of the alarm rate, and to SEEN
    at : the days with as many rows as planned, no guard
    drowned : for each guard and flood, the day with as many rows as leave a true alarm SEEN without a guard
    curves : for each guard and flood, days with SENT rows
    """

    watch: Watch
    raised: dict[str, Interval]
    queries: dict[str, float]
    planned: dict[float, Interval]
    at: dict[float, Day]
    drowned: dict[tuple[str, str], Day]
    curves: dict[tuple[str, str], list[Day]]


@dataclass(frozen=True)
class Words:
    """What smearing one sender takes: with one addition, and mail by mail."""

    smeared: Smeared
    alone: Any
    queries: float


def flooded(small: bool, seed: int) -> Flooded:
    """Plan floods from what an attack wins, and play them out with and without guards."""
    of, many = network(seed), 40 if small else 100
    won = {name: flood(name, of, Classifier(of.model), many, BUDGET, seed) for name in ("alarm-flood", "false-alarms")}
    raised = {name: rate(int(found.verdicts.sum()), len(found.X)) for name, found in won.items()}
    note(f"fold {seed}: raised {raised}, usual {of.watch.rate:.2%}")
    share, watch = raised["alarm-flood"], of.watch
    planned = {level: over(share, watch, level) for level in (TENTH, HALF)} | {SEEN: drowning(watch, share)}
    floods = {BLIND: won["alarm-flood"].X, **of_who_knows(of, many, seed)}
    played = days(of, seed)
    drowned = {
        (guard, name): day(rows, planned[SEEN].value) for guard, day in played.items() for name, rows in floods.items()
    }
    slowly = rows_to_level(watch, 0.9 * unnoticed(watch.rate), share.value)
    drowned[MONITOR, SLOW] = played[MONITOR](floods[BLIND], slowly)
    return Flooded(
        watch,
        raised,
        {name: float(found.queries.mean()) for name, found in won.items()},
        planned,
        {what: played[NONE](floods[BLIND], rows.value) for what, rows in planned.items() if np.isfinite(rows.value)},
        drowned,
        {
            (guard, name): [day(floods[name], sent) for sent in SENT[small]]
            for guard, day in played.items()
            for name in (BLIND, KNOWN)
        },
    )


def drowning(watch: Watch, share: Interval) -> Interval:
    """`rows_to_drown` for a measured share of rows that alarm."""
    value, most, least = (rows_to_drown(watch, SEEN, end) for end in (share.value, share.low, share.high))
    return Interval(value, least, most, share.confidence)


def days(of: Network, seed: int) -> dict[str, Callable[[Rows, float], Day]]:
    """For each guard, and without: how a day with so many of these rows goes."""

    def played(guard: tuple[str, Any] | None) -> Callable[[Rows, float], Day]:
        return lambda rows, many: play(of, guard, times(rows, many), seed)

    return {NONE: played(None)} | {card.name: played((card.name, guarded(card, of))) for card in guards_of_alarms()}


def of_who_knows(of: Network, many: int, seed: int) -> dict[str, Rows]:
    """Floods made for a guard: surer alarms, as many as he finds; attacks themselves; and a row that drifts, unchanged."""
    sure = surely(of, many, BUDGET, seed)
    strong = sure.X[sure.verdicts == MALICIOUS]
    note(f"fold {seed}: as sure as attacks {len(strong)} of {len(sure.X)}")
    one = of.his.X[of.his.y == 0][:1]
    return {**({SURE: strong} if len(strong) else {}), KNOWN: attacks_of_his(of), SAME: one}


def unnoticed(usual: float, flood: float = 3.0) -> float:
    """The alarm rate at which the monitor's sum neither grows nor falls: p log(q / u) + (1 - p) log((1 - q) / (1 - u)) = 0."""
    often = flood * usual / (1 - usual + flood * usual)
    up, down = np.log(often / usual), np.log((1 - often) / (1 - usual))
    return float(-down / (up - down))


def smearing(small: bool, seed: int) -> Words:
    """One sender's mails stopped by one addition, and each by its own."""
    of = victim(500, 20, seed) if small else victim(1500, 40, seed)
    queries = 80 if small else 300
    alone, asked = one_by_one(of, max(WORDS[small]), queries, seed)
    return Words(smeared(of, WORDS[small], queries, seed), alone, asked)


def claims(floods: Sequence[Flooded], words: Sequence[Words]) -> list[Claim]:
    """What was set down before the first run."""

    def seen(guard: str, name: str) -> list[float]:
        return [each.drowned[guard, name].seen for each in floods]

    won, alone = ([each.raised[name].value for each in floods] for name in ("alarm-flood", "false-alarms"))
    asked, asked_alone = ([each.queries[name] for each in floods] for name in ("alarm-flood", "false-alarms"))
    found = [each.smeared for each in words]
    least = [each.words for each in found]
    return [
        Claim("benign connections that alarm_flood turns into alarms", won, 0.5, 1),
        Claim("same, over those of false_alarms at equal cost and queries", _over(won, alone), 0.8, 1.3, unit="times"),
        Claim("queries a row, over those of false_alarms", _over(asked, asked_alone), 0, 0.5, unit="times"),
        Claim("alarm rate of a day with the rows planned for 10 %", [e.at[TENTH].alarms for e in floods], 0.09, 0.11),
        Claim("alarm rate of a day with the rows planned for 50 %", _at(floods, HALF), 0.47, 0.53),
        Claim("true alarms read with the rows planned for 25 %", seen(NONE, BLIND), 0.20, 0.30),
        Claim("same, behind the alarm-rate monitor", seen(MONITOR, BLIND), 0.5, 1),
        Claim("same, of an attacker who knows it and sends attacks", seen(MONITOR, KNOWN), 0, 0.4),
        Claim("same, of one who stays below what it can tell", seen(MONITOR, SLOW), 0.6, 1),
        Claim("true alarms read behind the drift monitor", seen(DRIFT, BLIND), 0, 0.35),
        Claim("words in each mail that stop 90 % of one sender's mails, smear", least, 1, 20, unit="words"),
        Claim("his other mails stopped by the same words", [e.carried[_key(e)] for e in found], 0.8, 1),
        Claim("same, false_alarms mail by mail", [words_for(e.alone) for e in words], 1, 20, unit="words"),
    ]


def _over(values: Sequence[float], others: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(values, others, strict=True)]


def _at(floods: Sequence[Flooded], level: float) -> list[float]:
    """The rates of the days played out; where no flood reaches the level, infinite."""
    return [each.at[level].alarms if level in each.at else np.inf for each in floods]


def _key(found: Smeared) -> int:
    """The number of words that stop SHARE; the largest tried where none do."""
    return int(min(found.words, max(found.stopped)))


def show(floods: Sequence[Flooded], words: Sequence[Words]) -> None:
    """The plan, fold by fold; each guard against each flood; and words."""
    for k, each in enumerate(floods):
        rows = ", ".join(f"{what:.0%}: {n.value:,.0f} ({n.low:,.0f} to {n.high:,.0f})" for what, n in each.planned.items())
        shares = ", ".join(f"{name} {share}, {each.queries[name]:.1f} queries" for name, share in each.raised.items())
        print(f"fold {k}: usual {each.watch.rate:.2%}; {shares}; rows a day to {rows}")
    print("\n| guard | flood | alarms of their own | true alarms read | rows in one case | others asked about |")
    print("|---|---|---|---|---|---|")
    for guard, name in floods[0].drowned:
        found = [each.drowned[guard, name] for each in floods if (guard, name) in each.drowned]
        alarms, seen, case, extra = (np.mean([getattr(d, w) for d in found]) for w in ("alarms", "seen", "case", "extra"))
        print(f"| {guard} | {name} | {alarms:.1%} | {seen:.0%} | {case:,.0f} | {extra:,.0f} |")
    for k, each in enumerate(words):
        found = each.smeared
        stopped = ", ".join(f"{n}: {found.stopped[n]:.0%} ({found.carried[n]:.0%})" for n in found.stopped)
        mails = f"mail by mail {words_for(each.alone):.0f} words, median {np.median(each.alone):.0f}"
        print(f"fold {k}: words: stopped (others): {stopped}; {found.queries} queries; {mails}, {each.queries:.0f} queries")


def draw(floods: Sequence[Flooded], words: Sequence[Words], small: bool, out: Path) -> None:
    """Alarm rate and true alarms read against rows sent; mails stopped against words."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4))
    rates, reading, stopping = figure.subplots(1, 3)
    _draw_days(rates, floods, small, "alarms")
    _draw_days(reading, floods, small, "seen")
    for level in (TENTH, HALF):
        rates.axhline(100 * level, color="grey", linewidth=0.8, linestyle=":")
    reading.axhline(100 * SEEN, color="grey", linewidth=0.8, linestyle=":")
    rates.set(xscale="log", xlabel="rows sent a day", ylabel="rows that are an alarm of their own, %")
    reading.set(xscale="log", xlabel="rows sent a day", ylabel="true alarms read, %", ylim=(0, 101))
    _draw_words(stopping, words, small)
    reading.legend(loc="lower center", bbox_to_anchor=(0.0, 1.0), ncols=2, fontsize="small")
    figure.subplots_adjust(wspace=0.3)
    save(figure, "alarm_flood", out)


def _draw_days(axes: Any, floods: Sequence[Flooded], small: bool, what: str) -> None:
    for (guard, name), style in zip(floods[0].curves, ("C0-", "C0:", "C1-", "C1:", "C2-", "C2:"), strict=True):
        values = 100 * np.array([[getattr(day, what) for day in each.curves[guard, name]] for each in floods])
        axes.plot(SENT[small], values.mean(axis=0), style, marker="o", markersize=3, label=f"{name}, {guard}")
    dense = np.geomspace(SENT[small][0], SENT[small][-1])
    planned = 100 * np.mean([[_planned(each, what, sent) for sent in dense] for each in floods], axis=0)
    axes.plot(dense, planned, "k--", linewidth=1, label="alarm flood, no guard: closed form")


def _planned(of: Flooded, what: str, sent: float) -> float:
    share = of.raised["alarm-flood"].value
    return of.watch.alarms(sent, share) / (of.watch.rows + sent) if what == "alarms" else of.watch.seen(sent, share)


def _draw_words(axes: Any, words: Sequence[Words], small: bool) -> None:
    tried = WORDS[small]
    lines: Mapping[str, list[list[float]]] = {
        "one addition to all": [[each.smeared.stopped[n] for n in tried] for each in words],
        "same words, his other mails": [[each.smeared.carried[n] for n in tried] for each in words],
        "each mail its own words": [[float((each.alone <= n).mean()) for n in tried] for each in words],
    }
    for (label, shares), style in zip(lines.items(), ("C3-", "C3:", "C4-"), strict=True):
        axes.plot(tried, 100 * np.mean(shares, axis=0), style, marker="o", markersize=3, label=label)
    axes.set(xlabel="words added to each mail, at most", ylabel="mails of one sender stopped, %", ylim=(0, 101))
    axes.legend(fontsize="small", loc="lower right")


def run(small: bool, out: Path) -> int:
    """Flood a network with false alarms, and smear one sender's mails."""
    floods, words = [], []
    for seed in range(1 if small else 3):
        floods.append(flooded(small, seed))
        words.append(smearing(small, seed))
        note(f"fold {seed} done")
    draw(floods, words, small, out)
    show(floods, words)
    return conclude("Floods of false alarms, NSL-KDD and Enron-Spam", claims(floods, words))


if __name__ == "__main__":
    main(run)
