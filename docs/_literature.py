"""How pages lead to papers, and to what tries them again."""

from __future__ import annotations

import re
from pathlib import Path

from amlsec.literature.reader import Reference

REPRODUCTIONS = Path(__file__).parent / "reproductions"


def paper(work: Reference) -> str:
    """Who and when, as a link to its place in the list."""
    return f"[{work.cited}](papers.md#{work.key})"


def tried_again(work: Reference) -> str:
    """The pages of the scripts that try it again, by their titles; "" where there is none."""
    return ", ".join(f"[{title(name)}](reproductions/{name}.md)" for name in work.reproduced)


def title(name: str) -> str:
    """The title of a script's page, without whose work it is."""
    first = (REPRODUCTIONS / f"{name}.md").read_text("utf-8").partition("\n")[0].removeprefix("# ")
    return re.sub(r" \([^()]*\d{4}[^()]*\)", "", first)
