"""Security curves: the share of rows won against what a change may cost, one panel a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _evasion_results import LIMIT, Pooled, Result, pooled

MOST = 6.0
SHOWN = 1000
"""The queries of the games that are drawn, beside those that look into the model."""
DRAWN = (
    "score-search",
    "label-search",
    "substitute-transfer",
    "fmn",
    "leaf-regions",
    "ART ZooAttack",
    "ART HopSkipJump",
    "ART BoundaryAttack",
    "foolbox EAD",
    "ART DecisionTreeAttack",
)
"""More lines could not be told apart."""


def save(results: Sequence[Result], path: Path) -> None:
    """Write the figure as SVG, the same bytes for the same results."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": path.name, "font.size": 8}):
        drawn(results).savefig(path, metadata={"Date": None}, bbox_inches="tight")


def drawn(results: Sequence[Result]) -> Any:
    from matplotlib.figure import Figure

    figure, models = Figure(figsize=(10, 6)), list(dict.fromkeys(one.model for one in results))
    panels = figure.subplots(2, 3, sharex=True, sharey=True).flat
    for axes, model in zip(panels, models, strict=False):
        for one in pooled(results, lambda one, model=model: one.model == model and one.queries in (0, SHOWN)):
            if one.attacker in DRAWN:
                curve(axes, one, f"C{DRAWN.index(one.attacker)}")
        axes.axvline(LIMIT, color="#bbbbbb", lw=0.8, ls=":")
        axes.set_title(model, fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(
        f"cost allowed, units (dotted: the limit); {SHOWN:,} queries a row, or a look into the model", fontsize=8
    )
    figure.supylabel("rows won, %", fontsize=8)
    lines = {line.get_label(): line for axes in figure.axes for line in axes.get_lines() if line.get_label()[0] != "_"}
    figure.legend(lines.values(), lines.keys(), loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7, frameon=False)
    figure.tight_layout()
    return figure


def curve(axes: Any, one: Pooled, colour: str) -> None:
    """Ours in full lines, peers dashed."""
    cost = np.sort(one.cost[np.isfinite(one.cost)])
    share = 100 * np.arange(len(cost) + 1) / len(one.cost)
    axes.step(
        np.append(0, cost), share, where="post", color=colour, label=one.attacker, lw=1.4, ls="-" if one.ours else "--"
    )
    axes.set_xlim(0, MOST)
    axes.set_ylim(0, 100)
