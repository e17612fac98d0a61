"""Harm by week: one panel an attack, one line for what stands at the door."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _gate_results import HONEST, STOPS, Played, harm, of

LOOKS = {
    HONEST: {"color": "#888888", "ls": ":"},
    "no gate": {"color": "#b2182b", "ls": "-"},
    "gate": {"color": "#2166ac", "ls": "-"},
    "gate and reviewer": {"color": "#4d9221", "ls": "--"},
}
SMOOTHED = 4
"""Weeks of which a mean is drawn where the harm is ham lost of few mails a week."""


def save(years: Sequence[Played], path: Path) -> None:
    """Write the figure as SVG, the same bytes for the same results."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": path.name, "font.size": 8}):
        drawn(years).savefig(path, metadata={"Date": None}, bbox_inches="tight")


def drawn(years: Sequence[Played]) -> Any:
    """A panel for each attack; marks at the ends of quarters are the partition ensemble's."""
    from matplotlib.figure import Figure

    attacks = list(dict.fromkeys(year.attack for year in years if year.attack))
    figure = Figure(figsize=(9, 6))
    panels = list(figure.subplots(2, 2, sharex=True).flat)
    for axes, attack in zip(panels, attacks, strict=False):
        _panel(axes, [year for year in years if year.attack == attack])
        axes.set_title(f"{attack}: {'ham lost' if attack in STOPS else 'mails that go his way'}, %", fontsize=9)
    for axes in panels[len(attacks) :]:
        axes.set_visible(False)
    figure.supxlabel("week (dots: a partition ensemble in the filter's place)", fontsize=8)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="upper center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.96))
    return figure


def _panel(axes: Any, years: Sequence[Played]) -> None:
    for gate, look in LOOKS.items():
        here = of(years, years[0].attack, gate)
        if not here:
            continue
        weeks = [week["week"] for week in here[0].weeks]
        lines = 100 * np.array([harm(year) for year in here]).mean(axis=0)
        axes.plot(weeks, smoothed(lines) if here[0].attack in STOPS else lines, label=gate, lw=1.4, **look)
        dots = 100 * np.array([harm(year, ensemble=True) for year in here]).mean(axis=0)
        axes.plot(weeks, dots, "o", ms=4, color=look["color"])
    axes.axvline(years[0].begins, color="#cccccc", lw=0.8)
    axes.set_ylim(bottom=-1)
    axes.spines[["top", "right"]].set_visible(False)


def smoothed(values: Any) -> Any:
    """The mean of each week and the few before it.

    >>> smoothed(np.array([0.0, 4.0, 8.0])).tolist()
    [0.0, 2.0, 4.0]
    """
    sums, count = np.cumsum(values), np.minimum(np.arange(len(values)) + 1, SMOOTHED)
    return (sums - np.concatenate([np.zeros(SMOOTHED), sums])[: len(values)]) / count
