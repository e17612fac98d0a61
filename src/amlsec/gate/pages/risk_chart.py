"""A source's risk over time, as a picture of its own that follows light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from amlsec.evaluation import drawing
from amlsec.evaluation.inline_svg import inline
from amlsec.gate.ledger import Wrote
from amlsec.gate.pages.words import count, percent, when
from amlsec.plain import line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STYLE = """<style>svg{color:#1c2027;--line:#dcd9d2;--curve-attack:#b3261e;--curve-1:#3f8f67;--curve-4:#c99a1e;
--text:"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif}
@media(prefers-color-scheme:dark){svg{color:#e7e9ec;--line:#343a43;--curve-attack:#ff8a80;--curve-1:#57b586;--curve-4:#d9b13f}}</style>"""
_LATEST = 200
"""Entries in one picture."""
_HEIGHT = 3.9
"""Of a picture, in inches."""
_PARTS = (("accepted", drawing.DEFENSES[0]), ("quarantined", drawing.DEFENSES[3]), ("rejected", drawing.ATTACK))
_DAY = 86_400
"""Seconds."""
_ONE_AT_A_TIME = Lock()
"""The style of drawings is a setting of the process."""

Risks = Sequence[Mapping[str, Any]]


def picture(name: str, risks: Risks, *, width: float = 7.2) -> str:
    """The latest entries of `Gate.risk`, at least one, as an SVG file so many inches wide."""
    with _ONE_AT_A_TIME:
        svg = inline(
            _figure(risks[-_LATEST:], width), ident="risk", title=f"Risk of {line(name, 60)}", description=told(risks)
        )
    start, size = svg.index(">") + 1, f'width="{72 * width:g}" height="{72 * _HEIGHT:g}"'
    return svg[:start].replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" {size} ', 1) + _STYLE + svg[start:]


def told(risks: Risks) -> str:
    """What the picture shows, in words.

    >>> told([{"kind": "judged", "time": "2026-03-05T07:08:09+00:00", "likelihood": (0.1, 0.02, 0.4), "rejected": 3}])
    'Likely compromised: 10.0% (2.0% to 40.0%) at 5 Mar 2026, 07:08. 1 submission, at most 3 rows of one rejected.'
    """
    last, judged = risks[-1], _judged(risks)
    value, low, high = (percent(part) for part in last["likelihood"])
    worst = max((one.get("rejected", 0) for one in judged), default=0)
    rows = f"{count(len(judged), 'submission')}, at most {count(worst, 'row')} of one rejected."
    return f"Likely compromised: {value} ({low} to {high}) at {when(last['time'])}. {rows}"


def _figure(risks: Risks, width: float) -> Figure:
    from matplotlib.figure import Figure

    with drawing.styled():
        drawn = Figure(figsize=(width, _HEIGHT))
        above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _likelihood(above, risks)
        _rows(below, risks)
        _dates(below, _days(risks))
        drawn.subplots_adjust(0.65 / width, 0.14, 1 - 0.1 / width, 0.93, hspace=0.4)
    return drawn


def _likelihood(axes: Axes, risks: Risks) -> None:
    times = _days(risks)
    value, low, high = zip(*(one["likelihood"] for one in risks), strict=True)
    colour = drawing.ATTACK.colour
    axes.fill_between(times, low, high, step="post", color=colour, alpha=0.14, linewidth=0)
    axes.step(times, value, where="post", color=colour, linewidth=2.2, marker="o", markersize=4, clip_on=False)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    _titled(axes, "Likely compromised, with its range")
    _frame(axes)


def _rows(axes: Axes, risks: Risks) -> None:
    from matplotlib.ticker import MaxNLocator

    judged = _judged(risks)
    times = _days(judged)
    floor = [0] * len(judged)
    for part, style in _PARTS:
        rows = [one[part] for one in judged]
        axes.vlines(times, floor, [a + b for a, b in zip(floor, rows, strict=True)], colors=style.colour, linewidth=5)
        floor = [a + b for a, b in zip(floor, rows, strict=True)]
    axes.set_ylim(0, None)
    _titled(axes, "Rows: accepted below, held, rejected on top")
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    _frame(axes)


def _titled(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=10, color=drawing.INK)


def _days(risks: Risks) -> list[float]:
    """When each was, in days since 1970."""
    return [datetime.fromisoformat(one["time"]).timestamp() / _DAY for one in risks]


def _frame(axes: Axes) -> None:
    axes.grid(axis="y", color=drawing.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=drawing.INK, length=3)
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(drawing.FAINT)


def _dates(axes: Axes, days: Sequence[float]) -> None:
    """Dates, or times where all is within a few days."""
    first, last = (days[0], days[-1]) if days[-1] > days[0] else (days[0] - 0.5, days[0] + 0.5)
    ticks = [first + part * (last - first) for part in (0.0, 0.25, 0.5, 0.75, 1.0)]
    edge = 0.04 * (last - first)
    axes.set_xlim(first - edge, last + edge)
    axes.set_xticks(ticks, [_date(tick, last - first) for tick in ticks])


def _date(day: float, span: float) -> str:
    """A day, with its year or its time.

    >>> _date(20_000.25, 400.0), _date(20_000.25, 1.0)
    ('4 Oct\\n2024', '06:00\\n4 Oct')
    """
    at = datetime.fromtimestamp(day * _DAY, UTC)
    return f"{at.day} {at:%b}\n{at:%Y}" if span > 3 else f"{at:%H:%M}\n{at.day} {at:%b}"


def _judged(risks: Risks) -> list[Mapping[str, Any]]:
    return [one for one in risks if one["kind"] == Wrote.JUDGED]
