"""Draws ROC curves of membership on logarithmic axes: how many members are found, at how many false claims.

Carlini et al., "Membership inference attacks from first principles", IEEE S&P 2022, section IV: what matters stands at the
left, where few are accused wrongly, and linear axes hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amlsec.errors import InvalidInput
from amlsec.evaluation.drawing import ATTACK, DEFENSES, FAINT, INK, Style, styled
from amlsec.evidence import Roc, rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 1 + len(DEFENSES)
"""So many curves can be told apart."""
_MARKED = (0.001, 0.01)


def figure(curves: Sequence[tuple[str, Roc]]) -> Figure:
    """A new figure of these named curves, the first of which stands out; see `draw`."""
    from matplotlib.figure import Figure

    with styled():
        drawn = Figure(figsize=(5.0, 4.2))
        draw(curves, drawn.add_axes((0.16, 0.13, 0.8, 0.83)))
    return drawn


def draw(curves: Sequence[tuple[str, Roc]], axes: Axes) -> None:
    """Draw named curves, the first with its 95 % band; mark guessing, and where 0.1 % and 1 % are claimed falsely.

    Raises InvalidInput where there is none, or more than 6.
    """
    if not 0 < len(curves) <= MOST:
        raise InvalidInput("curves", len(curves), f"must be 1 to {MOST}")
    least = 0.7 * min(share for _, roc in curves for point in roc.points for share in point if share > 0)
    _frame(axes, least)
    for (name, roc), look in reversed(list(zip(curves, (ATTACK, *DEFENSES), strict=False))):
        _draw_curve(axes, name, roc, look)
    axes.plot([least, 1], [least, 1], color=INK, linewidth=0.9, linestyle=":", label="guessing")
    handles, labels = axes.get_legend_handles_labels()
    order = [*reversed(range(len(curves))), len(curves)]
    legend = axes.legend([handles[i] for i in order], [labels[i] for i in order], loc="lower right", framealpha=0)
    for text in legend.get_texts():
        text.set_color(INK)
        text.set_parse_math(False)


def _draw_curve(axes: Axes, name: str, roc: Roc, look: Style) -> None:
    seen = [(claimed, found) for claimed, found in roc.points if claimed > 0 and found > 0]
    claimed, found = [point[0] for point in seen], [point[1] for point in seen]
    axes.plot(claimed, found, color=look.colour, linestyle=look.line, linewidth=look.width, label=name)
    if look is ATTACK:
        ends = [rate(round(share * roc.members), roc.members) for share in found]
        low, high = [end.low for end in ends], [end.high for end in ends]
        axes.fill_between(claimed, low, high, color=look.colour, alpha=0.14, linewidth=0)


def _frame(axes: Axes, least: float) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(least, 1)
    axes.set_ylim(least, 1)
    ticks = [tick for tick in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0) if tick >= least]
    for set_ticks in (axes.set_xticks, axes.set_yticks):
        set_ticks(ticks, [f"{100 * tick:g}%" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("claimed falsely: share of rows not trained on", color=INK)
    axes.set_ylabel("found: share of the training rows", color=INK)
    for mark in _MARKED:
        axes.axvline(mark, color=FAINT, linewidth=0.8)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=3)
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)
