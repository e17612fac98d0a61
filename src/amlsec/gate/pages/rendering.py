"""Templates to pages: everything a template puts out is escaped, and made visible where it would hide."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from amlsec.gate.pages import words
from amlsec.gate.pages.notices import NOTICES
from amlsec.plain import clip, line, plain


def page(request: Request, template: str, *, status: int = 200, **told: Any) -> HTMLResponse:
    """A page for who calls, under its navigation; `?said=` in the address puts one of `NOTICES` on top."""
    common = {
        "person": getattr(request.state, "person", None),
        "path": request.url.path,
        "words": request.query_params.get("words", ""),
        "notice": NOTICES.get(request.query_params.get("said", "")),
    }
    text = templates().get_template(template).render({**common, **told})
    return HTMLResponse(text, status_code=status)


@cache
def templates() -> Environment:
    """The templates, with what they may use."""
    environment = Environment(
        loader=PackageLoader("amlsec.gate.pages"),
        autoescape=True,
        finalize=_safe,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = {name: getattr(words, name) for name in ("stands", "when", "who", "count", "number", "percent")}
    environment.filters.update(own, clip=clip, line=line, tone=lambda value: words.TONES[value])
    return environment


def _safe(value: Any) -> Any:
    """Every text that a template puts out passes here, so that no row can hide or turn a line around."""
    return value if isinstance(value, Markup) else plain(str(value))
