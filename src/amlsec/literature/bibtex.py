"""Works of the literature as BibTeX that other programs read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from amlsec.literature.reader import Reference

_VENUE = {
    "inproceedings": "booktitle",
    "incollection": "booktitle",
    "article": "journal",
    "phdthesis": "school",
    "techreport": "institution",
    "book": "publisher",
}
"""The field that standard styles read the venue from; where there is none, it is how the work was published."""


def bibtex(works: Iterable[Reference]) -> str:
    """One entry a work, with our note and section.

    >>> from amlsec.literature.reader import references
    >>> print(bibtex([references()["lowd2005good"]]))
    @inproceedings{lowd2005good,
      author = {Daniel Lowd and Christopher Meek},
      title = {{Good Word Attacks on Statistical Spam Filters}},
      booktitle = {Conference on Email and Anti-Spam (CEAS)},
      year = {2005},
      url = {https://www.ceas.cc/papers-2005/125.pdf},
      keywords = {Spam Filtering},
      note = {Passive and active good words: how many get half of the blocked spam through.},
    }
    <BLANKLINE>
    """
    return "\n".join(f"@{work.kind}{{{work.key},\n{''.join(_fields(work))}}}\n" for work in works)


def _fields(work: Reference) -> Iterator[str]:
    for name, value in _named(work).items():
        if value:
            yield f"  {name} = {{{value}}},\n"


def _named(work: Reference) -> dict[str, str]:
    return {
        "author": _plain(work.author),
        "title": f"{{{_plain(work.title)}}}",  # in braces of its own: styles would write it in small letters
        _VENUE.get(work.kind, "howpublished"): _plain(work.venue),
        "year": work.year,
        "pages": work.pages.replace("-", "--"),
        "doi": work.doi,
        "eprint": work.eprint,
        "archiveprefix": "arXiv" if work.eprint else "",
        "url": work.link,
        "keywords": work.section,
        "note": _plain(work.note),
    }


def _plain(text: str) -> str:
    """Text in which LaTeX finds no command."""
    return "".join(f"\\{letter}" if letter in "&%$#_" else letter for letter in text)
