"""The page docs/papers.md: the literature by section, each work with why it matters and what is here of it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from _literature import tried_again
from _page import page

from amlsec.papers import Paper, in_section, papers, sections
from amlsec.threat import ThreatModel

ORIGINS = {"page": "on the page this grew from", "amlsec": "added"}
EXAMPLE = "biggio2013poisoning"
NARROWED = """
Where a script may run, the list can be narrowed below; a terminal does it too, and writes BibTeX:

```sh
amlsec papers --section "Spam Filtering" --implemented
amlsec papers --cell causative-availability label flips
amlsec papers --bibtex > papers.bib
```

<div id="narrow"></div>
"""
ADDING = """
## Add a paper

One entry under its section in `src/amlsec/literature/references.bib`, such as

```bibtex
{entry}```

* A key is the first author, the year and the first telling word of the title.
* `note` says in a line and in your own words why the work matters.
* Give a `doi`, or else an `eprint` (the arXiv id), or else a `url`; none that you have not opened.
* `origin` is `amlsec`: `page` is for the list of the original page, which is complete.
* `reproduced` names scripts in `reproductions/` that try the work again, if there are any; their pages name the paper.
* An attack or a defense cites it by its key, in `references=(...)`; the links of this page and of the catalogue follow.

`make docs` writes the pages anew, `make test` says what is missing.
"""


def literature() -> str:
    """Every work, by section."""
    return page(_literature())


def _literature() -> Iterator[str]:
    yield "# Papers\n"
    yield f"{len(papers())} papers: why each matters, and what runs here of it.\n"
    yield "The list of the page this library grew from is complete and in its sections; what we added is marked so."
    yield NARROWED
    for section in sections():
        yield f"## {section}\n"
        for paper in in_section(section):
            yield from _paper(paper)
    yield ADDING.format(entry=_entry(EXAMPLE))


def _paper(paper: Paper) -> Iterator[str]:
    """The work, why it matters, and what is here; its key is its anchor."""
    work = paper.work
    here = " data-here" if paper.implemented else ""
    yield f'<div class="paper" id="{work.key}"{here} markdown>\n'
    yield f"**[{work.title}]({work.link})**  "
    yield f"{work.author.replace(' and ', ', ')}. {work.venue}, {work.year}.\n"
    yield f"{work.note}\n"
    yield f"<small>{' · '.join(_facts(paper))}</small>\n"
    yield "</div>\n"


def _facts(paper: Paper) -> Iterator[str]:
    yield ORIGINS[paper.work.origin]
    if paper.members:
        yield f"here: {', '.join(f'[{card.name}](catalogue.md#{card.name})' for card in paper.members)}"
    if paper.work.reproduced:
        yield f"tried again: {tried_again(paper.work)}"
    if paper.threats:
        yield "; ".join(map(str, _widest(paper.threats)))


def _widest(threats: tuple[ThreatModel, ...]) -> list[ThreatModel]:
    """Without those that another of them contains."""
    return [one for one in threats if not any(other != one and other.covers(one) for other in threats)]


def _entry(key: str) -> str:
    """An entry as it stands in the file."""
    text = files("amlsec.literature").joinpath("references.bib").read_text("utf-8")
    start = text.rindex("@", 0, text.index(f"{{{key},"))
    return text[start : text.index("\n}\n", start) + 3]
