"""Recall by method, one panel an attack, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _quality_methods import METHODS, OURS
from _quality_recall import Outcome
from _quality_tables import TITLES, names, recall

COLOURS = ("#0b5fa5", "#c2701c", "#8a8a8a")
"""Of ours, of peers, of plain baselines."""
BASELINES = METHODS[-3:]


def save(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the figure as SVG, the same bytes for the same outcomes."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": path.name, "font.size": 8}):
        drawn(outcomes).savefig(path, metadata={"Date": None}, bbox_inches="tight")


def drawn(outcomes: Sequence[Outcome]) -> Any:
    from matplotlib.figure import Figure

    attacks = names(one.attack for one in outcomes)
    figure = Figure(figsize=(9, 5))
    for axes, attack in zip(figure.subplots(2, 4, sharex=True, sharey=True).flat, attacks, strict=False):
        bars(axes, [one for one in outcomes if one.attack == attack])
        axes.set_title(TITLES.get(attack, attack), fontsize=9)
    figure.supxlabel("poison rows found at 1 % false rejections, %, with 95 % intervals", fontsize=8)
    figure.tight_layout()
    return figure


def bars(axes: Any, outcomes: Sequence[Outcome]) -> None:
    shares = [recall([one for one in outcomes if one.method == method]) for method in METHODS]
    ends = 100 * np.array([[one.value - one.low, one.high - one.value] for one in shares]).T
    places = np.arange(len(METHODS))[::-1]
    colours = [COLOURS[0 if method in OURS else 2 if method in BASELINES else 1] for method in METHODS]
    axes.barh(places, [100 * one.value for one in shares], xerr=ends, color=colours, height=0.7, error_kw={"lw": 0.8})
    axes.set_yticks(places, METHODS)
    axes.set_xlim(0, 100)
    axes.spines[["top", "right"]].set_visible(False)
