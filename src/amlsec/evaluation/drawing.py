"""Draws security curves: harm against budget, one drawing for reports and notebooks.

The attack alone has one strong style; each defense has its own line, marker and colour, and its name at the line's end,
so that curves are told apart without colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amlsec.errors import InvalidInput
from amlsec.evidence import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT = "#22262d", "#c9ccd1"
ALONE = "no defense"

_Line = str | tuple[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Style:
    """How one curve looks."""

    colour: str
    line: _Line
    marker: str
    width: float


ATTACK = Style("#b3261e", "-", "o", 2.4)
DEFENSES = (
    Style("#1a6b87", "--", "s", 1.6),
    Style("#55691a", "-.", "^", 1.6),
    Style("#754aa0", ":", "D", 1.8),
    Style("#87560f", (0, (6, 1, 1, 1)), "v", 1.6),
    Style("#3d5aa8", (0, (3, 2, 1, 2, 1, 2)), "P", 1.6),
)
_WIDE_RANGE = 30
_CEILINGS = (0.1, 0.25, 0.5, 1.0)
_LABEL_GAP = 0.1


def styled() -> AbstractContextManager[Any]:
    """Settings under which a drawing is the same whatever the user's own are."""
    from matplotlib import style

    return style.context(["default", {"font.size": 10.0, "axes.unicode_minus": True, "svg.fonttype": "none"}])


def figure(curves: Sequence[Curve]) -> Figure:
    """A new figure of the curves, known to no global state; see `draw`."""
    from matplotlib.figure import Figure

    with styled():
        drawn = Figure(figsize=(5.0, 3.0))
        draw(curves, drawn.add_axes((0.135, 0.18, 0.545, 0.76)))
    return drawn


def draw(curves: Sequence[Curve], axes: Axes) -> None:
    """Draw curves with their interval bands on these axes; the curve whose defense is "" is the attack alone.

    Raises
    ------
    InvalidInput : no curve, a curve without points, or curves of different units
    """
    _check(curves)
    budgets = sorted({point.budget for curve in curves for point in curve.points})
    _scale(axes, budgets)
    for curve, look in zip(curves, styles(curves), strict=True):
        _draw_curve(axes, curve, look)
    axes.set_ylim(*_limits(curves))
    _frame(axes, budgets, curves[0].unit)
    _name_ends(axes, curves)


def styles(curves: Sequence[Curve]) -> list[Style]:
    """The style of each curve, in order."""
    defenses = [curve.defense for curve in curves if curve.defense]
    return [DEFENSES[defenses.index(c.defense) % len(DEFENSES)] if c.defense else ATTACK for c in curves]


def shown_budget(budget: float, unit: str) -> str:
    """A budget as a reader would write it: shares in per cent, all else as a number.

    >>> shown_budget(0.01, "share of the training rows"), shown_budget(1000, "queries")
    ('1%', '1,000')
    """
    return f"{100 * budget:.3g}%" if unit.startswith("share") else f"{budget:,.4g}" if budget < 1000 else f"{budget:,.0f}"


def _check(curves: Sequence[Curve]) -> None:
    if not curves or not all(curve.points for curve in curves):
        raise InvalidInput("curves", [len(curve.points) for curve in curves], "must hold a curve, each with a point")
    units = sorted({curve.unit for curve in curves})
    if len(units) > 1:
        raise InvalidInput("units of the curves", units, "must be one")


def _frame(axes: Axes, budgets: Sequence[float], unit: str) -> None:
    ticks = _spread_ticks(axes, budgets)
    axes.set_xticks(ticks, [shown_budget(tick, unit) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel(f"budget: {unit}".replace("$", r"\$"), color=INK)
    axes.set_ylabel("harm", color=INK)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=3)
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)


def _scale(axes: Axes, budgets: Sequence[float]) -> None:
    positive = [budget for budget in budgets if budget > 0]
    if positive and positive[-1] / positive[0] > _WIDE_RANGE:
        axes.set_xscale("symlog", linthresh=positive[0])
    axes.margins(x=0.03)


def _spread_ticks(axes: Axes, budgets: Sequence[float], gap: float = 0.12) -> list[float]:
    """Budgets far enough apart to be labelled, the first and the last among them."""
    to_axes = axes.transData + axes.transAxes.inverted()
    where = {budget: to_axes.transform((budget, 0))[0] for budget in budgets}
    kept = [budgets[0]]
    for budget in budgets[1:-1]:
        if where[budget] - where[kept[-1]] >= gap and where[budgets[-1]] - where[budget] >= gap:
            kept.append(budget)
    return kept if budgets[-1] == budgets[0] else [*kept, budgets[-1]]


def _limits(curves: Sequence[Curve]) -> tuple[float, float]:
    harms = [point.harm for curve in curves for point in curve.points]
    top = next((c for c in _CEILINGS if max(harm.high for harm in harms) <= c), _CEILINGS[-1])
    return min(0.0, *(harm.low for harm in harms)) - 0.01 * top, 1.02 * top


def _draw_curve(axes: Axes, curve: Curve, look: Style) -> None:
    budgets = [point.budget for point in curve.points]
    low, high = ([getattr(point.harm, end) for point in curve.points] for end in ("low", "high"))
    if len(budgets) > 1:
        axes.fill_between(budgets, low, high, color=look.colour, alpha=0.14 if look is ATTACK else 0.09, linewidth=0)
    else:
        axes.vlines(budgets, low, high, color=look.colour, linewidth=look.width)
    axes.plot(
        budgets,
        [point.harm.value for point in curve.points],
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markersize=5 if look is ATTACK else 4.5,
        linewidth=look.width,
        label=curve.defense or ALONE,
        clip_on=False,
    )


def _name_ends(axes: Axes, curves: Sequence[Curve]) -> None:
    bottom, top = axes.get_ylim()
    ends = [curve.points[-1] for curve in curves]
    heights = _spaced([(end.harm.value - bottom) / (top - bottom) for end in ends])
    for curve, look, end, height in zip(curves, styles(curves), ends, heights, strict=True):
        name = axes.annotate(
            curve.defense or ALONE,
            xy=(end.budget, end.harm.value),
            xytext=(1.05, height),
            textcoords="axes fraction",
            va="center",
            color=INK,
            fontweight="bold" if look is ATTACK else "normal",
            arrowprops={"arrowstyle": "-", "color": look.colour, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 5},
        )
        name.set_parse_math(False)


def _spaced(heights: Sequence[float]) -> list[float]:
    """The heights moved apart, in the same order, none above 1."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = [0.0] * len(heights)
    floor = 0.0
    for i in order:
        placed[i] = floor = max(heights[i], floor)
        floor += _LABEL_GAP
    ceiling = 1.0
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - _LABEL_GAP
    return placed
