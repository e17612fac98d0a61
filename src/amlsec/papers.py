"""The literature and what is here of it: the attacks and defenses that follow a work, the scripts that try it again."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass

from amlsec.catalogue import Card, discover
from amlsec.errors import InvalidInput
from amlsec.literature.reader import Reference, references
from amlsec.threat import ThreatModel


@dataclass(frozen=True, slots=True)
class Paper:
    """A work, and the members of the catalogue that cite it."""

    work: Reference
    members: tuple[Card, ...]

    @property
    def implemented(self) -> bool:
        """Whether something here runs it."""
        return bool(self.members or self.work.reproduced)

    @property
    def threats(self) -> tuple[ThreatModel, ...]:
        """What its members do or answer, each once."""
        return tuple(dict.fromkeys(threat for card in self.members for threat in card.threats))

    def touches(self, threat: ThreatModel) -> bool:
        """Whether one of its members is about this threat, or about a part of it."""
        return any(own.meets(threat) for own in self.threats)

    def mentions(self, words: str) -> bool:
        """Whether it has every word, or part of one, in any case and without its accents."""
        work = self.work
        told = _folded(f"{work.key} {work.author} {work.title} {work.venue} {work.year} {work.note}")
        return all(word in told for word in _folded(words).split())


def papers() -> tuple[Paper, ...]:
    """Every work of the literature, in the order of the list.

    >>> [paper.members[0].name for paper in papers() if paper.mentions("paragraph thwarting")]
    ['red-herrings']
    """
    citing = defaultdict(list)
    for card in discover():
        for key in card.references:
            citing[key].append(card)
    return tuple(Paper(work, tuple(citing[key])) for key, work in references().items())


def in_section(name: str) -> tuple[Paper, ...]:
    """The works of a section, whatever the case of its name; raises InvalidInput where there is none."""
    known = {section.casefold(): section for section in sections()}
    if name.casefold() not in known:
        raise InvalidInput("section", name, f"must be one of {', '.join(known.values())}")
    return tuple(paper for paper in papers() if paper.work.section == known[name.casefold()])


def sections() -> tuple[str, ...]:
    """The names of all sections, in the order of the list."""
    return tuple(dict.fromkeys(work.section for work in references().values()))


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
