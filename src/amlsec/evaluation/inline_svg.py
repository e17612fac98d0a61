"""A matplotlib figure as SVG inside a page: follows the page's colours, has a name for screen readers, repeats exactly."""

from __future__ import annotations

import io
import re
from html import escape
from typing import TYPE_CHECKING

from amlsec.evaluation import drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_THEMED = {
    drawing.INK: "currentColor",
    drawing.FAINT: "var(--line)",
    drawing.ATTACK.colour: "var(--curve-attack)",
    **{style.colour: f"var(--curve-{i})" for i, style in enumerate(drawing.DEFENSES, start=1)},
}
_COLOUR = re.compile("|".join(map(re.escape, _THEMED)))


def inline(figure: Figure, *, ident: str, title: str, description: str) -> str:
    """The figure as an `<svg>` element.

    `ident` must be unique in the page and fit for an HTML id; title and description are text, not markup.
    """
    body = _COLOUR.sub(lambda match: _THEMED[match[0]], _slim(_saved(figure, ident), ident))
    width, height = (round(72 * inches, 1) for inches in figure.get_size_inches())
    return (
        f'<svg role="img" aria-labelledby="{ident}-t {ident}-d" viewBox="0 0 {width} {height}">'
        f'<title id="{ident}-t">{escape(title)}</title><desc id="{ident}-d">{escape(description)}</desc>{body}</svg>'
    )


def _saved(figure: Figure, ident: str) -> str:
    from matplotlib import rc_context

    picture = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with drawing.styled(), rc_context({"svg.hashsalt": ident}):
        figure.savefig(picture, format="svg", transparent=True, metadata=nothing)
    return picture.getvalue()


def _slim(svg: str, ident: str) -> str:
    """The picture's body without prologue, namespaces, comments and unused ids; the ids left begin with `ident`."""
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    body = re.sub(r"<!--.*?-->|<(metadata|style)\b.*?</\1>", "", body, flags=re.DOTALL).replace("xlink:href", "href")
    used = set(re.findall(r"#([\w-]+)[\")]", body))
    body = re.sub(r' id="([\w.-]+)"', lambda match: match[0] if match[1] in used else "", body)
    body = re.sub(r'(id="|href="#|url\(#)([\w-]+)', rf"\g<1>{ident}-\g<2>", body)
    body = re.sub(r"font: ([^;\"]*?)([\d.]+px)[^;\"]*", r"font: \g<1>\g<2> var(--text)", body)
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    return re.sub(r">\s+<", "><", re.sub(r"\s*\n", " ", re.sub(r"(\d\.\d\d)\d+", r"\1", body))).strip()
