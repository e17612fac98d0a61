"""How far a centre is dragged, simulated and in closed form (Kloft and Laskov 2010, 2012).

A sphere of radius 1 about the mean of 100 rows; innocent rows are drawn evenly from the ball of radius 1 in 5 dimensions.
The attacker puts each of his rows on the edge. Without data: everything is drawn. Folds are seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from numpy.typing import NDArray

from amlsec.attacks.greedy_rows import best_row
from amlsec.centroid.displacement import max_displacement, max_displacement_of_a_mean
from amlsec.centroid.memory import (
    Memory,
    Rule,
    average_out,
    infinite_horizon,
    nearest_out,
    oldest_out,
)
from amlsec.defenses.detectors.online_centroid import OnlineCentroid

NEEDS: tuple[str, ...] = ()
Floats = NDArray[np.float64]
WINDOW, COLUMNS = 100, 5
SHARES = (0.05, 0.1, 0.2, 0.5)
QUOTA = 0.05
AWAY = np.eye(COLUMNS)[0]
INSIDE = 1 - 1e-12


@dataclass(frozen=True)
class Size:
    """How much is simulated."""

    seeds: int
    rows: int
    runs: int
    long: int
    streams: int
    nearest: int


FULL = Size(seeds=3, rows=1000, runs=1000, long=2000, streams=20, nearest=50)
SMALL = Size(seeds=1, rows=300, runs=200, long=1000, streams=2, nearest=15)


def ball(count: int, rng: np.random.Generator) -> Floats:
    """Rows drawn evenly from the ball of radius 1."""
    way = rng.normal(size=(count, COLUMNS))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    return np.asarray(way * rng.random((count, 1)) ** (1 / COLUMNS))


def open_centroid(rule: Rule, rows: Floats, quota: float = 1.0) -> OnlineCentroid:
    return OnlineCentroid(rule=rule, radius=1.0, false_alarm_rate=0.0, most_false_alarms=quota).fit(rows)


def way(model: OnlineCentroid) -> float:
    return float((model.memory_.centre - model.enrolled_.mean(axis=0)) @ AWAY)


def full_control(rule: Rule, window: int, rows: int, seed: int) -> Floats:
    """Radii after each row (rows,), all of them the attacker's."""
    model = open_centroid(rule, ball(window, np.random.default_rng(seed)))
    gone = []
    for _ in range(rows):
        model.partial_fit(best_row(rule, model.memory_, INSIDE, AWAY)[None])
        gone.append(way(model))
    return np.array(gone)


def limited_control(rule: Rule, share: float, size: Size) -> Floats:
    """Radii after each row in each run (rows, runs): innocent rows are all learned, whatever the sphere says of them."""
    rng = np.random.default_rng(round(100 * share))
    memory, gone = Memory(np.zeros(size.runs), np.zeros((WINDOW, 1)), WINDOW), []
    for _ in range(size.long):
        his = rng.random(size.runs) < share
        memory = rule(memory, np.where(his, memory.centre + 1, ball(size.runs, rng)[:, 0]))
        gone.append(memory.centre)
    return np.array(gone)


def accepted_only(share: float, quota: float, rows: int, seed: int) -> Floats:
    """Radii after each row (rows,) of a detector that learns what it accepts, with or without the update quota."""
    rng = np.random.default_rng(seed)
    model = open_centroid(average_out, ball(WINDOW, rng), quota)
    gone = []
    for innocent in ball(rows, rng):
        his = rng.random() < share
        model.partial_fit((best_row(average_out, model.memory_, INSIDE, AWAY) if his else innocent)[None])
        gone.append(way(model))
    return np.array(gone)


def honest_drift(quota: float, rows: int, seed: int) -> float:
    """The share of innocent rows that is rejected when their mean has wandered one radius, with no attacker about."""
    rng = np.random.default_rng(seed)
    model = open_centroid(average_out, ball(WINDOW, rng), quota)
    model.partial_fit(ball(rows, rng) + np.linspace(0, 1, rows)[:, None] * AWAY)
    return float((model.predict(ball(1000, rng) + AWAY) == -1).mean())


def course(form: Callable[..., float], share: float, rows: int, **settings: float) -> Floats:
    return np.array([form(share, WINDOW, k + 1, **settings) for k in range(rows)])


def errors(found: Floats) -> Floats:
    """The standard error of each mean over runs."""
    return np.asarray(found.std(axis=1, ddof=1) / np.sqrt(found.shape[1]))


def off(found: Floats, form: Callable[..., float], share: float) -> list[float]:
    """How many standard errors the mean lies from the closed form, at a twentieth, a fourth and the end of the rows."""
    at = (np.array([0.05, 0.25, 1.0]) * len(found)).astype(int) - 1
    expected = course(form, share, len(found))
    return list(np.abs(found.mean(axis=1) - expected)[at] / errors(found)[at])


def above(found: Floats, share: float) -> float:
    """How many standard errors the mean lies above the ceiling, at most, at any time; below 0 is below it."""
    return float(((found.mean(axis=1) - max_displacement(share, WINDOW)) / errors(found)).max())


@dataclass(frozen=True)
class Simulated:
    """Radii after each row.

    Attributes
    ----------
    full : by rule, one curve a seed (rows,): all rows are his
    limited, of_a_mean : by his share (rows, runs): average-out and infinite horizon, every innocent row is learned
    streams : by his share and the quota, one curve a stream (rows,): only what is accepted is learned
    drifts : by quota, one share a stream: innocent rows rejected at the end of an honest drift of one radius
    """

    full: dict[Rule, list[Floats]]
    limited: dict[float, Floats]
    of_a_mean: dict[float, Floats]
    streams: dict[tuple[float, float], list[Floats]]
    drifts: dict[float, list[float]]


def simulate(size: Size) -> Simulated:
    windows = {average_out: WINDOW, infinite_horizon: WINDOW, oldest_out: WINDOW, nearest_out: size.nearest}
    rows = {rule: size.rows if window == WINDOW else 2 * window for rule, window in windows.items()}
    full = {
        rule: [full_control(rule, window, rows[rule], seed) for seed in range(size.seeds)]
        for rule, window in windows.items()
    }
    note("full control done")
    limited = {share: limited_control(average_out, share, size) for share in SHARES}
    of_a_mean = {share: limited_control(infinite_horizon, share, size) for share in SHARES}
    note("limited control done")
    streams = {
        (share, quota): [accepted_only(share, quota, size.long, seed) for seed in range(size.streams)]
        for share in SHARES
        for quota in (1.0, QUOTA)
    }
    drifts = {quota: [honest_drift(quota, size.long, seed) for seed in range(size.streams)] for quota in (1.0, QUOTA)}
    return Simulated(full, limited, of_a_mean, streams, drifts)


def claims(found: Simulated, size: Size) -> list[Claim]:
    exact = {average_out: max_displacement, infinite_horizon: max_displacement_of_a_mean}
    made = [
        Claim(
            f"{name(rule)}, all {size.rows} rows his: simulated / closed form ({form(1, WINDOW, size.rows):.3f} radii)",
            [curve[-1] / form(1, WINDOW, size.rows) for curve in found.full[rule]],
            *(0.95, 1.05),
            unit="",
        )
        for rule, form in exact.items()
    ]
    ratio = [curve[size.nearest - 1] for curve in found.full[nearest_out]]
    made.append(Claim(f"nearest-out, n = {size.nearest}: radii after n rows (average-out: 1)", ratio, 0, 1, unit="radii"))
    for share in SHARES:
        made += of_share(found, share)
    price = "no attacker, the mean wanders one radius: innocent rows then rejected, "
    return [
        *made,
        *(escaped(found, share, size.long) for share in (0.2, 0.5)),
        Claim(f"{price}no quota", found.drifts[1.0], 0, 0.5),
        Claim(f"{price}quota {QUOTA:.0%}", found.drifts[QUOTA], 0.5, 1),
    ]


def escaped(found: Simulated, share: float, rows: int) -> Claim:
    """That no ceiling holds a detector which learns only what it accepts, and has no quota."""
    ceiling, ends = max_displacement(share, WINDOW), [curve[-1] for curve in found.streams[share, 1.0]]
    what = f"{share:.0%} his, learns what it accepts, no quota: radii after {rows} rows ({ceiling:.2f} were all learned)"
    return Claim(what, ends, 1.2 * ceiling, rows / WINDOW, unit="radii")


def of_share(found: Simulated, share: float) -> list[Claim]:
    """What is claimed of an attacker with this share of the rows."""
    simulated, of_a_mean, his = found.limited[share], found.of_a_mean[share], f"{share:.0%} his"
    held = np.mean(found.streams[share, QUOTA], axis=0).max() / max_displacement(share, WINDOW, false_alarms=QUOTA)
    end = f"{simulated[-1].mean():.3f} radii, closed form {max_displacement(share, WINDOW, len(simulated)):.3f}"
    finite, infinite = off(simulated, max_displacement, share), off(of_a_mean, max_displacement_of_a_mean, share)
    return [
        Claim(f"{his}, average-out ({end}): furthest from the closed form", [max(finite)], 0, 3, unit="SE"),
        Claim(f"{his}, infinite horizon: the same", [max(infinite)], 0, 3, unit="SE"),
        Claim(f"{his}: highest mean above share / (1 - share)", [above(simulated, share)], -5, 3, unit="SE"),
        Claim(f"{his}, learns what it accepts, quota {QUOTA:.0%}: highest mean / its ceiling", [held], 0, 1, unit=""),
    ]


def name(rule: Rule) -> str:
    return str(rule.__name__).replace("_", "-")  # type: ignore[attr-defined]


def draw_full(axes: Any, found: Simulated) -> None:
    for rule, curves in found.full.items():
        mean, window = np.mean(curves, axis=0), WINDOW if rule is not nearest_out else len(curves[0]) // 2
        axes.plot((1 + np.arange(len(mean))) / window, mean, label=name(rule))
    turns = np.linspace(0.01, len(found.full[average_out][0]) / WINDOW, 12)
    for form in (max_displacement, max_displacement_of_a_mean):
        axes.plot(turns, [form(1, WINDOW, round(WINDOW * turn)) for turn in turns], "k.", markersize=3)
    axes.set(xlabel="rows, all his, in windows of n", ylabel="displacement, radii", title="full control", ylim=(0, None))
    axes.plot([], [], "k.", markersize=3, label="closed forms")


def draw_limited(axes: Any, found: Simulated) -> None:
    for share, simulated in found.limited.items():
        (line,) = axes.plot(1 + np.arange(len(simulated)), simulated.mean(axis=1), label=f"{share:.0%} of the rows his")
        axes.plot(1 + np.arange(len(simulated)), course(max_displacement, share, len(simulated)), "k:", linewidth=1)
        axes.axhline(max_displacement(share, WINDOW), color=line.get_color(), linewidth=0.5)
    axes.plot([], [], "k:", linewidth=1, label="closed form")
    axes.set(xlabel="rows, his and others'", ylabel="displacement, radii", title="limited control, all learned")


def draw_streams(axes: Any, found: Simulated) -> None:
    for share in (0.2, 0.5):
        for quota, style in ((1.0, "-"), (QUOTA, "--")):
            mean = np.mean(found.streams[share, quota], axis=0)
            told = "no quota" if quota == 1 else f"quota {quota:.0%}"
            axes.plot(1 + np.arange(len(mean)), mean, style, label=f"{share:.0%} his, {told}")
        ceiling = max_displacement(share, WINDOW, false_alarms=QUOTA)
        axes.axhline(ceiling, color="k", linewidth=0.5, label=f"ceiling of {share:.0%} and {QUOTA:.0%} false alarms")
    axes.set(xlabel="rows, his and others'", ylabel="displacement, radii", title="learns what it accepts", ylim=(0, 3))


def draw(found: Simulated, out: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4))
    for axes, drawn in zip(figure.subplots(1, 3), (draw_full, draw_limited, draw_streams), strict=True):
        drawn(axes, found)
        axes.legend(fontsize=8)
    save(figure, "centroid_bound", out)


def run(small: bool, out: Path) -> int:
    """Simulate the greedy attack on an online centroid and hold it against its closed forms."""
    size = SMALL if small else FULL
    found = simulate(size)
    draw(found, out)
    return conclude("The online centroid under attack", claims(found, size))


if __name__ == "__main__":
    main(run)
