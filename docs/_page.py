"""The form of every generated page."""

from __future__ import annotations

from collections.abc import Iterable

HEAD = "<!-- Written by docs/generate.py; `make docs` writes it anew. -->\n\n"


def page(lines: Iterable[str]) -> str:
    """A page of these lines, which says that nobody wrote it by hand."""
    return HEAD + "\n".join(lines) + "\n"
