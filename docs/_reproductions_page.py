"""The page docs/reproductions.md: what every script found, with its figure, by section of the literature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from _literature import REPRODUCTIONS, paper, title
from _page import page

from amlsec.literature.reader import Reference, references

INTRODUCTION = """
Each script under `reproductions/` repeats one result of the literature on real data, prints it beside the paper's
figure and our tolerance, draws it, and ends 1 where a mean is out of tolerance. `make reproduce` runs all of them in
full and ends 1 where any did (as of 2026-11-26 three do: one reading of [ANTIDOTE](reproductions/antidote.md)'s mark,
one of the [guard that remembers queries](reproductions/stateful_guard.md), and five factors of [truth
serum](reproductions/truth_serum.md)), `make reproduce-NAME` one of them, such as `make reproduce-antidote`; each takes
`--small` for a run of seconds, which is what the tests run. Where the paper's figure is known to us only from memory or
from others, the page says so or leaves it out; a tolerance was set before the run it is held against.
"""
DATA = """
## The data

`AMLSEC_DATA` names the folder the data lie in. The spam pages use Enron-Spam ([Metsis et al.
2006](papers.md#metsis2006spam)): 30,493 distinct mails, subject and body, exact duplicates dropped. The attackers' word
lists are two Debian packages and one from PyPI:

| list | from | what it is |
|---|---|---|
| Aspell-like | `dict-gcide` | 114,103 headwords of 3 to 12 letters, Collaborative International Dictionary of English |
| spelling list | `wamerican` | 71,026 words of 3 to 12 letters, inflected forms and names among them |
| Usenet-like | `wordfreq` 3.1.1 | the 90,000 most frequent English words |

Tokens are those of our SpamBayes scorer, and the words of the subject once more marked as such (`subject:meeting`), as
SpamBayes does."""


def reproductions() -> str:
    """Every page of a script, by section."""
    return page(_reproductions())


def _reproductions() -> Iterator[str]:
    tried = _tried()
    yield "# Reproductions\n"
    yield f"{len(tried)} experiments on real data, each beside what its papers say."
    yield INTRODUCTION
    for section, group in groupby(tried.items(), lambda each: each[1][0].section):
        yield f'## {section}\n\n<div class="grid" markdown>\n'
        for name, works in group:
            yield from _card(name, works)
        yield "</div>\n"
    yield DATA


def _tried() -> dict[str, list[Reference]]:
    """The works that each script tries again, scripts in the order of the list."""
    found: dict[str, list[Reference]] = {}
    for work in references().values():
        for name in work.reproduced:
            found.setdefault(name, []).append(work)
    return found


def _card(name: str, works: list[Reference]) -> Iterator[str]:
    """Its title, its point, its figure, its papers."""
    text = (REPRODUCTIONS / f"{name}.md").read_text("utf-8")
    shown = re.search(rf"!\[([^\]]*)\]\({name}\.svg\)", text)
    yield f"<div markdown>\n\n### [{title(name)}](reproductions/{name}.md)\n"
    yield text.split("\n\n")[1] + "\n"
    yield f"![{shown[1] if shown else ''}](reproductions/{name}.svg)\n"
    yield f"<small>{', '.join(map(paper, works))} · `{name}.py`</small>\n\n</div>\n"
