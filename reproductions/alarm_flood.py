"""Floods of false alarms: how few rows drown the alarms of a network, what guards save, and how one sender is smeared.

NSL-KDD with the audit's usual model for tables: 3,000 connections to train on, 100 benign ones of the attacker's to change,
days of 10,000 others (0.5 % attacks) with 150 alarms read. Enron-Spam with the usual model for texts: mails that one person
signed, 40 of them to find words on. Three folds (--small: one, of fewer). No paper gives these figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _days import (
    Day,
    Network,
    attacks_of_his,
    flood,
    guarded,
    guards_of_alarms,
    network,
    passing_of_his,
    play,
    surely,
    times,
    unnoticed,
)
from _enron import CORPUS
from _victim import Smeared, herrings, one_by_one, smeared, victim, words_for
from numpy.typing import NDArray

from amlsec.budget import EvasionBudget
from amlsec.data import MALICIOUS, Rows
from amlsec.datasets.nsl_kdd import FILE
from amlsec.evaluation.flooding import Watch, over, rows_to_drown, rows_to_level
from amlsec.evidence import Interval, rate
from amlsec.frame import Evaded
from amlsec.oracle import Classifier

NEEDS = (FILE, CORPUS)
FLOOD, ALONE = "alarm-flood", "false-alarms"
BUDGET, DEAR = EvasionBudget(3.0, 200), EvasionBudget(10.0, 200)
TENTH, HALF, SEEN = 0.10, 0.50, 0.25
NONE, MONITOR, DRIFT = "no guard", "alarm-rate-monitor", "drift-monitor"
BLIND, SURE, KNOWN, SLOW, SAME = (
    "alarm flood",
    "alarms as sure as attacks",
    "attacks, sent as they are",
    "alarm flood, too slow to be told",
    "one passing row, 3,000 times",
)
OFTEN = 3000
SENT = {True: (300, 3000), False: (30, 100, 300, 1000, 3000, 10_000)}
CURVES = {(NONE, BLIND): "C0-", (MONITOR, BLIND): "C2-", (MONITOR, KNOWN): "C1-", (DRIFT, SAME): "C3-"}
WORDS = {True: (10, 100), False: (1, 2, 5, 10, 20, 50, 100)}


@dataclass(frozen=True)
class Plan:
    """What floods a network, and how many rows it takes.

    Attributes
    ----------
    watch : the usual day
    raised : for each attack, the share of his connections that raise an alarm
    paid : for each attack, queries a row on average, and the median cost
    frugal : the share of his connections that `false_alarms` turns with as many queries as `alarm_flood` spends
    rows : rows a day of `alarm_flood` to each level of the alarm rate, and to SEEN
    floods : for each flood, its rows
    """

    watch: Watch
    raised: dict[str, Interval]
    paid: dict[str, tuple[float, float]]
    frugal: float
    rows: dict[float, Interval]
    floods: dict[str, Rows]


@dataclass(frozen=True)
class Flooded:
    """A plan, and days played out.

    Attributes
    ----------
    plan : what was planned
    at : days with as many rows as planned, no guard
    days : for each guard and flood, the day with as many rows as leave a true alarm SEEN without a guard
    curves : for some guards and floods, days with SENT rows
    """

    plan: Plan
    at: dict[float, Day]
    days: dict[tuple[str, str], Day]
    curves: dict[tuple[str, str], list[Day]]


@dataclass(frozen=True)
class Words:
    """What smearing one sender takes: one addition to all; each mail's own words (n,), queries a mail; nothing asked."""

    smeared: Smeared
    alone: NDArray[np.float64]
    queries: float
    unasked: dict[int, float]


def planned(of: Network, many: int, seed: int) -> Plan:
    """The attacks on so many of his connections, and what follows in closed form."""
    won = {name: flood(name, of, Classifier(of.model), many, BUDGET, seed) for name in (FLOOD, ALONE)}
    raised = {name: rate(int(found.verdicts.sum()), len(found.X)) for name, found in won.items()}
    rows = {level: over(raised[FLOOD], of.watch, level) for level in (TENTH, HALF)}
    rows[SEEN] = drowning(of.watch, raised[FLOOD])
    paid = {name: (float(found.queries.mean()), float(np.median(found.cost))) for name, found in won.items()}
    granted = EvasionBudget(BUDGET.cost, int(np.ceil(paid[FLOOD][0])))
    frugal = float(flood(ALONE, of, Classifier(of.model), many, granted, seed).verdicts.mean())
    sure = surely(of, many, DEAR, seed)
    note(f"fold {seed}: as sure as the median attack: {sure.verdicts.mean():.0%}, at cost {DEAR.cost:g}")
    floods = {BLIND: won[FLOOD].X, KNOWN: attacks_of_his(of), SURE: _won(sure), SAME: passing_of_his(of)[:1]}
    return Plan(of.watch, raised, paid, frugal, rows, {name: X for name, X in floods.items() if len(X)})


def _won(found: Evaded) -> Rows:
    rows: Rows = found.X[found.verdicts == MALICIOUS]
    return rows


def drowning(watch: Watch, share: Interval) -> Interval:
    """`rows_to_drown` for a measured share of rows that alarm."""
    value, most, least = (rows_to_drown(watch, SEEN, end) for end in (share.value, share.low, share.high))
    return Interval(value, least, most, share.confidence)


def flooded(small: bool, seed: int) -> Flooded:
    """Plan floods, and play them out with and without guards."""
    of = network(seed)
    plan = planned(of, 40 if small else 100, seed)
    guards = {NONE: None} | {card.name: (card.name, guarded(card, of)) for card in guards_of_alarms()}

    def day(guard: str, name: str, sent: float) -> Day:
        return play(of, guards[guard], times(plan.floods[name], sent), seed)

    days = {(guard, name): day(guard, name, plan.rows[SEEN].value) for guard in guards for name in plan.floods}
    slowly = rows_to_level(plan.watch, 0.9 * unnoticed(plan.watch.rate), plan.raised[FLOOD].value)
    note(f"fold {seed}: {slowly:.0f} rows a day are too slow to be told")
    days[MONITOR, SLOW] = day(MONITOR, BLIND, slowly)
    days |= {(guard, SAME): day(guard, SAME, OFTEN) for guard in (NONE, DRIFT)}
    at = {what: day(NONE, BLIND, rows.value) for what, rows in plan.rows.items() if np.isfinite(rows.value)}
    return Flooded(plan, at, days, {line: [day(*line, sent) for sent in SENT[small]] for line in CURVES})


def smearing(small: bool, seed: int) -> Words:
    """One sender's mails stopped by one addition, and each by its own."""
    of = victim(1000, 20, seed) if small else victim(1500, 40, seed)
    alone, asked = one_by_one(of, max(WORDS[small]), 300, seed)
    return Words(smeared(of, WORDS[small], 300, seed), alone, asked, herrings(of, WORDS[small], seed))


def claims(floods: Sequence[Flooded], words: Sequence[Words]) -> list[Claim]:
    """All but the last two were set down before the first run."""

    def seen(guard: str, name: str) -> list[float]:
        return [each.days[guard, name].seen for each in floods]

    plans, found = [each.plan for each in floods], [each.smeared for each in words]
    won = [each.raised[FLOOD].value for each in plans]
    gain = [each.raised[FLOOD].value / each.raised[ALONE].value for each in plans]
    asked = [each.paid[FLOOD][0] / each.paid[ALONE][0] for each in plans]
    most = [max(each.stopped) for each in found]
    same = [each.stopped[n] / float((w.alone <= n).mean()) for each, w, n in zip(found, words, most, strict=True)]
    return [
        Claim("benign connections that alarm_flood turns into alarms", won, 0.5, 1),
        Claim("same, over those of false_alarms at equal cost and queries", gain, 0.8, 1.3, unit="times"),
        Claim("queries a row, over those of false_alarms", asked, 0, 0.5, unit="times"),
        Claim("alarm rate of a day with the rows planned for 10 %", _alarms(floods, TENTH), 0.09, 0.11),
        Claim("alarm rate of a day with the rows planned for 50 %", _alarms(floods, HALF), 0.47, 0.53),
        Claim("true alarms read with the rows planned for 25 %", seen(NONE, BLIND), 0.20, 0.30),
        Claim("same, behind the alarm-rate monitor", seen(MONITOR, BLIND), 0.5, 1),
        Claim("same, of an attacker who knows it and sends attacks", seen(MONITOR, KNOWN), 0, 0.4),
        Claim("same, of one who stays below what it can tell", seen(MONITOR, SLOW), 0.6, 1),
        Claim("same, behind the drift monitor", seen(DRIFT, BLIND), 0, 0.35),
        Claim("one sender's other mails stopped by the words found", [_carried(each) for each in found], 0.8, 1),
        Claim("mails that 100 words stop, the same in all over each its own", same, 0.9, 1.1, unit="times"),
        Claim("true alarms read behind the drift monitor, one row sent 3,000 times", seen(DRIFT, SAME), 0, 0.25),
    ]


def _alarms(floods: Sequence[Flooded], level: float) -> list[float]:
    """The rates of the days played out; infinite where no flood reaches the level."""
    return [each.at[level].alarms if level in each.at else np.inf for each in floods]


def _carried(found: Smeared) -> float:
    """With the fewest words that stop 90 % of the known mails; with the most that were tried where none do."""
    return found.carried[int(min(found.words, max(found.stopped)))]


def show(floods: Sequence[Flooded], words: Sequence[Words]) -> None:
    """The plan and the words, fold by fold; and each guard against each flood."""
    for plan in (each.plan for each in floods):
        rows = "; ".join(f"{what:.0%}: {n.value:,.0f} ({n.low:,.0f} to {n.high:,.0f})" for what, n in plan.rows.items())
        won = "; ".join(f"{name} {share}, {_told(*plan.paid[name])}" for name, share in plan.raised.items())
        print(f"usual {plan.watch.rate:.2%}; {won}; {ALONE} with as few queries {plan.frugal:.0%}; rows a day to {rows}")
    for each in words:
        found = each.smeared
        stopped = ", ".join(f"{n}: {share:.0%} ({found.carried[n]:.0%})" for n, share in found.stopped.items())
        own = f"{words_for(each.alone):.0f} words, median {np.median(each.alone):.0f}, {each.queries:.0f} queries"
        unasked = ", ".join(f"{n}: {share:.0%}" for n, share in each.unasked.items())
        print(f"known mails stopped (others) by words: {stopped}; {found.queries} queries; by mail {own}; unasked {unasked}")
    _show_days(floods)


def _told(queries: float, cost: float) -> str:
    return f"{queries:.1f} queries, cost {cost:.2f}"


def _show_days(floods: Sequence[Flooded]) -> None:
    columns = (
        "guard | flood | a person is asked about | true alarms read | surest first | rows in one case | others that pass"
    )
    print(f"\n| {columns} |\n{'|---' * 7}|")
    for guard, name in dict.fromkeys(line for each in floods for line in each.days):
        found = [each.days[guard, name] for each in floods if (guard, name) in each.days]
        mean = {
            what: np.mean([getattr(day, what) for day in found]) for what in ("alarms", "seen", "surest", "case", "extra")
        }
        shares = f"{mean['alarms']:.1%} | {mean['seen']:.0%} | {mean['surest']:.0%}"
        print(f"| {guard} | {name} | {shares} | {mean['case']:,.0f} | {mean['extra']:,.0f} |")


def draw(floods: Sequence[Flooded], words: Sequence[Words], small: bool, out: Path) -> None:
    """Alarm rate and true alarms read against rows sent; mails stopped against words."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4))
    rates, reading, stopping = figure.subplots(1, 3)
    _draw_days(rates, floods, small, "alarms")
    _draw_days(reading, floods, small, "seen")
    for axes, level in ((rates, TENTH), (rates, HALF), (reading, SEEN)):
        axes.axhline(100 * level, color="grey", linewidth=0.8, linestyle=":")
    rates.set(xscale="log", xlabel="rows sent a day", ylabel="rows a person is asked about, %", ylim=(0, 101))
    reading.set(xscale="log", xlabel="rows sent a day", ylabel="true alarms read, %", ylim=(0, 101))
    rates.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize="small")
    _draw_words(stopping, words, small)
    figure.subplots_adjust(wspace=0.25)
    save(figure, "alarm_flood", out)


def _draw_days(axes: Any, floods: Sequence[Flooded], small: bool, what: str) -> None:
    for (guard, name), style in CURVES.items():
        values = 100 * np.array([[getattr(day, what) for day in each.curves[guard, name]] for each in floods])
        axes.plot(SENT[small], values.mean(axis=0), style, marker="o", markersize=3, label=f"{_kind(name)}, {guard}")
    dense = np.geomspace(SENT[small][0], SENT[small][-1])
    closed = 100 * np.mean([[_closed(each.plan, what, sent) for sent in dense] for each in floods], axis=0)
    axes.plot(dense, closed, "k--", linewidth=1, label=f"{BLIND}, {NONE}: closed form")


def _kind(name: str) -> str:
    return name.partition(",")[0]


def _closed(plan: Plan, what: str, sent: float) -> float:
    share, watch = plan.raised[FLOOD].value, plan.watch
    return watch.alarms(sent, share) / (watch.rows + sent) if what == "alarms" else watch.seen(sent, share)


def _draw_words(axes: Any, words: Sequence[Words], small: bool) -> None:
    tried = WORDS[small]
    lines: Mapping[str, tuple[str, list[list[float]]]] = {
        "one addition to all": ("C4-", [[each.smeared.stopped[n] for n in tried] for each in words]),
        "same words, his other mails": ("C4:", [[each.smeared.carried[n] for n in tried] for each in words]),
        "each mail its own words": ("C5--", [[float((each.alone <= n).mean()) for n in tried] for each in words]),
        "red herrings, nothing asked": ("C7-", [[each.unasked[n] for n in tried] for each in words]),
    }
    for label, (style, shares) in lines.items():
        axes.plot(tried, 100 * np.mean(shares, axis=0), style, marker="o", markersize=3, label=label)
    axes.axhline(90, color="grey", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel="words added to each mail, at most", ylabel="one sender's mails stopped, %", ylim=(0, 101))
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, fontsize="small")


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
