"""Poison found on one data set, one panel an attack, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _peers_results import Answer, share
from _quality_tables import names

OURS, THEIRS = "#0b5fa5", "#c2701c"


def save(answers: Sequence[Answer], path: Path, data: str = "enron") -> None:
    """Write the figure as SVG, the same bytes for the same answers."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": path.name, "font.size": 8}):
        drawn(answers, data).savefig(path, metadata={"Date": None}, bbox_inches="tight")


def drawn(answers: Sequence[Answer], data: str) -> Any:
    """Of methods that rank rows."""
    from matplotlib.figure import Figure

    here = [one for one in answers if (one.kind, one.data) == ("rows", data) and "score" in one.said]
    attacks = names(one.what for one in here)
    figure = Figure(figsize=(9, 2.6))
    for axes, attack in zip(
        figure.subplots(1, len(attacks), sharex=True, sharey=True, squeeze=False)[0], attacks, strict=True
    ):
        bars(axes, [one for one in here if one.what == attack])
        axes.set_title(attack, fontsize=9)
    figure.supxlabel("poison found at 5 % of good rows lost, %, with 95 % intervals", fontsize=8)
    figure.tight_layout()
    return figure


def bars(axes: Any, here: Sequence[Answer]) -> None:
    methods = names(one.method for one in here)[::-1]
    found = [share([one for one in here if one.method == method], "found", "poison") for method in methods]
    ends = 100 * np.array([[one.value - one.low, one.high - one.value] for one in found]).T
    colours = [OURS if method.startswith("amlsec") else THEIRS for method in methods]
    axes.barh(methods, [100 * one.value for one in found], xerr=ends, color=colours, height=0.7, error_kw={"lw": 0.8})
    axes.set_xlim(0, 100)
    axes.spines[["top", "right"]].set_visible(False)
