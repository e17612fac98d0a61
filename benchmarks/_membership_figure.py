"""ROC curves on logarithmic axes, one panel a table and model, as Carlini et al. (2022) ask for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _membership_results import Result

DRAWN = (
    "membership-by-loss",
    "lira",
    "lira-online",
    "ART BlackBox rf",
    "ART BlackBox nn",
    "PM reference, Gaussian",
    "PM RMIA",
)
"""More lines could not be told apart."""
LEAST = 1e-4


def save(results: Sequence[Result], path: Path) -> None:
    """Write the figure as SVG, the same bytes for the same results."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": path.name, "font.size": 8}):
        drawn(results).savefig(path, metadata={"Date": None}, bbox_inches="tight")


def drawn(results: Sequence[Result]) -> Any:
    """The curves of the first seed."""
    from matplotlib.figure import Figure

    first = [one for one in results if one.seed == min(each.seed for each in results)]
    data, models = (list(dict.fromkeys(getattr(one, name) for one in first)) for name in ("data", "model"))
    figure = Figure(figsize=(2.3 * len(models), 2.6 * len(data)))
    panels = figure.subplots(len(data), len(models), sharex=True, sharey=True, squeeze=False)
    for row, name in zip(panels, data, strict=True):
        for axes, model in zip(row, models, strict=True):
            panel(axes, [one for one in first if (one.data, one.model) == (name, model)], f"{model}, {name}")
    figure.supxlabel("others taken for members, share (logarithmic)", fontsize=9)
    figure.supylabel("members found, share (logarithmic)", fontsize=9)
    lines = {line.get_label(): line for axes in figure.axes for line in axes.get_lines() if line.get_label()[0] != "_"}
    figure.legend(lines.values(), lines.keys(), loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7, frameon=False)
    figure.tight_layout()
    return figure


def panel(axes: Any, here: Sequence[Result], title: str) -> None:
    """Ours in full lines, peers dashed, chance dotted."""
    for one in here:
        if one.attacker in DRAWN:
            curve = np.maximum(np.array(one.roc), LEAST)
            colour, style = f"C{DRAWN.index(one.attacker)}", "-" if one.ours else "--"
            axes.step(*curve.T, where="post", color=colour, ls=style, lw=1.2, label=one.attacker)
    axes.plot([LEAST, 1], [LEAST, 1], color="#999999", ls=":", lw=0.8, label="chance")
    axes.set(xscale="log", yscale="log", xlim=(LEAST, 1), ylim=(LEAST, 1.2))
    axes.set_title(title, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
