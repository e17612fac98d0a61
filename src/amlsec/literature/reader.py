"""Reads references.bib: the subset of BibTeX written there, strictly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from amlsec.errors import InvalidInput

_ENTRY = re.compile(r"@(\w+)\{([a-z]+\d{4}[a-z]+),\n(.*?)^\}\n", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^  (\w+) = \{([^{}]+)\},\n", re.MULTILINE)
_OPTIONAL = {"pages", "doi", "eprint", "url", "reproduced"}


@dataclass(frozen=True, slots=True)
class Reference:
    """One work of the literature.

    Attributes
    ----------
    kind : as BibTeX has it: "inproceedings", "article", ...
    key : author, year and a word of the title, as "nelson2008exploiting"
    section : where it stands in the list of literature
    origin : "page" for the list this library grew from, "amlsec" for what was added
    note : why it matters here, in one line
    eprint : the arXiv id
    url : where it is found, for a work with neither DOI nor arXiv id
    reproduced : names of the scripts in reproductions/ that try it again
    """

    kind: str
    key: str
    author: str
    title: str
    venue: str
    year: str
    section: str
    origin: str
    note: str
    pages: str = ""
    doi: str = ""
    eprint: str = ""
    url: str = ""
    reproduced: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """Where to find it."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://arxiv.org/abs/{self.eprint}" if self.eprint else self.url

    @property
    def identifier(self) -> str:
        """The DOI, the arXiv id or the address."""
        return f"doi:{self.doi}" if self.doi else f"arXiv:{self.eprint}" if self.eprint else self.url

    @property
    def cited(self) -> str:
        """Who and when, as "Nelson et al. (2008)"."""
        names = [_surname(name) for name in self.author.split(" and ")]
        who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        return f"{who} ({self.year})"

    def __str__(self) -> str:
        return f"{self.cited}. {self.title}. {self.venue}."


@cache
def references() -> dict[str, Reference]:
    """Every reference by its key, in the order of the file.

    >>> print(references()["lowd2005good"])
    Lowd and Meek (2005). Good Word Attacks on Statistical Spam Filters. Conference on Email and Anti-Spam (CEAS).
    """
    return parse(files("amlsec.literature").joinpath("references.bib").read_text("utf-8"))


def parse(text: str) -> dict[str, Reference]:
    """The entries of a bibliography; raises InvalidInput on a key met twice and on anything that is no whole entry."""
    entries = list(lexed(text))
    twice = [key for key, times in Counter(key for _, key, _ in entries).items() if times > 1]
    if twice:
        raise InvalidInput("text", twice, "each key may stand for one work only")
    return {key: _reference(kind, key, values) for kind, key, values in entries}


def lexed(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Kind, key and fields of every entry; raises InvalidInput on what is neither an entry nor a comment."""
    _require_nothing_left("text", re.sub(r"^%.*$", "", _ENTRY.sub("", text), flags=re.MULTILINE))
    for kind, key, body in _ENTRY.findall(text):
        _require_nothing_left(key, _FIELD.sub("", body))
        yield kind, key, dict(_FIELD.findall(body))


def _reference(kind: str, key: str, values: dict[str, str]) -> Reference:
    known = {field.name for field in fields(Reference)} - {"kind", "key"}
    needed = known - _OPTIONAL
    if not needed <= set(values) <= known:
        raise InvalidInput(key, sorted(set(values) ^ needed), f"needs {sorted(needed)}, and knows {sorted(_OPTIONAL)}")
    scripts = tuple(values.pop("reproduced", "").replace(",", " ").split())
    return Reference(kind, key, reproduced=scripts, **values)


def _surname(name: str) -> str:
    """The last word and the small ones before it, as in "B. L. van der Waerden"."""
    return re.sub(r"^.*?((?:(?<![\w-])[a-z]+ )*\S+)$", r"\1", name)


def _require_nothing_left(where: str, rest: str) -> None:
    if rest.strip():
        raise InvalidInput(where, rest.strip(), "is not an entry, `@kind{key,` and then lines `  field = {value},` and `}`")
