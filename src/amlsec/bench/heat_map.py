"""The table of a bench as a picture: attacks down, defenses across, a panel for each data set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from amlsec.bench.table import Mark, Row, does_harm, percent
from amlsec.evaluation.drawing import INK, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIGNS = {Mark.HOLDS: "✓", Mark.HELPS: "+", Mark.BREAKS_ADAPTIVELY: "A", Mark.BREAKS: "×", Mark.NOT_SHOWN: "?"}
"""What stands beside the number in a cell, so that marks are told apart without colour."""
ALONE = "no defense"
_CELL, _LABELS, _HEAD, _PANEL, _FOOT = (0.62, 0.34), 2.1, 1.75, 0.5, 0.55
_DARK = 0.55
_TOLD = 7.8
"""Inches that the longest line below the panels takes."""


def figure(rows: Sequence[Row], share: float) -> Figure:
    """What the stronger attacker gains at this share, for every attack that does harm there; known to no global state."""
    from matplotlib.figure import Figure

    shown = _harmful([row for row in rows if row.share == share])
    names = [ALONE, *sorted({row.defense for row in shown} - {""})]
    panels = _by_data(shown)
    heights = [_CELL[1] * len(_attacks(some)) for some in panels.values()]
    width = max(_LABELS + _CELL[0] * len(names) + 0.2, _TOLD)
    height = _HEAD + sum(heights) + _PANEL * (len(panels) - 1) + _FOOT
    top = height - _HEAD
    with styled():
        drawn = Figure(figsize=(width, height))
        for (data, some), high in zip(panels.items(), heights, strict=True):
            box = (_LABELS / width, (top - high) / height, _CELL[0] * len(names) / width, high / height)
            panel = drawn.add_axes(box)
            _panel(panel, some, names)
            _headed(panel, data, [] if len(drawn.axes) > 1 else names)
            top -= high + _PANEL
        _explained(drawn, share)
    return drawn


def _harmful(rows: Sequence[Row]) -> list[Row]:
    """The rows of attacks that do harm alone."""
    harmful = {(row.data, row.attack) for row in rows if not row.defense and does_harm(row.alone)}
    return [row for row in rows if (row.data, row.attack) in harmful]


def _by_data(rows: Sequence[Row]) -> dict[str, list[Row]]:
    parts = defaultdict[str, list[Row]](list)
    for row in rows:
        parts[row.data].append(row)
    return parts


def _attacks(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.attack for row in rows))


def _panel(axes: Axes, rows: Sequence[Row], names: list[str]) -> None:
    attacks = _attacks(rows)
    values = np.full((len(attacks), len(names)), np.nan)
    for row in rows:
        at = attacks.index(row.attack), names.index(row.defense or ALONE)
        if not row.defense or row.blind:
            values[at] = max(row.left.value, 0.0)
            ink = "white" if values[at] > _DARK else INK
            axes.text(at[1], at[0], _said(row), ha="center", va="center", fontsize=8, color=ink)
    axes.imshow(values, cmap=_colours(), vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.set_yticks(range(len(attacks)), attacks)
    axes.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(attacks) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _headed(axes: Axes, data: str, names: list[str]) -> None:
    """The data set's name at the corner, and the defenses' above the first panel."""
    axes.set_xticks(range(len(names)), names, rotation=40, ha="left", rotation_mode="anchor")
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.text(-0.62, -0.62, data, ha="right", va="bottom", fontweight="bold", fontsize=10, color=INK)


def _said(row: Row) -> str:
    return f"{100 * max(row.left.value, 0.0):.0f}" + (f" {SIGNS[row.mark]}" if row.defense and row.mark in SIGNS else "")


def _colours() -> Any:
    from matplotlib import colormaps

    return colormaps["OrRd"].with_extremes(bad="#f4f4f2")


def _explained(drawn: Figure, share: float) -> None:
    signs = ", ".join(f"{sign} {mark}" for mark, sign in SIGNS.items())
    drawn.text(
        0.01, 0.01,
        f"Rows turned the attacker's way beyond the clean model, in %, by the stronger of the two attackers; "
        f"{percent(share)} of the training rows are his.\n{signs}.\n"
        "Without a sign: one attacker was not run. Grey: not claimed, or none was run.",
        fontsize=8, color=INK, va="bottom",
    )  # fmt: skip
