"""The page docs/standards.md: what auditors ask and which finding, defense or command answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from _page import page

from amlsec import standards
from amlsec.audit.codes import Code
from amlsec.catalogue import Card, Kind, discover
from amlsec.threat import CELLS

MOST_NAMED = 6
INTRODUCTION = """\
# Standards

What auditors ask, and which finding, defense or command answers it.

Every finding of a report carries these ids: in `report.json` under `standards` (what the threat is called) and `answers`
(what it answers, and which mitigations were measured), in `report.sarif` as tags, in `report.html` under each finding.
`amlsec show NAME` shows those of a member. They say where evidence is; they make nothing conform. Whether a figure is good
enough is for whoever answers for the risk.

Ids were read in stored copies of the documents, or of data that carry their text; who matched them is us, and what they ask
is in our words. Of ISO/IEC 42001 only ids and titles stand here, as two public lists agree on them; the standard itself was
not read.
"""
CLASSES = {"atlas": "MITRE ATLAS techniques", "nist": "NIST AI 100-2", "owasp": "OWASP ML Security Top 10"}


def auditors() -> str:
    """Each standard with what answers it and what does not."""
    return page(_standards())


def _standards() -> Iterator[str]:
    yield INTRODUCTION
    for standard in standards.AUDITORS:
        yield f"## {standards.name(standard)}\n\n{standards.version(standard)}.\n"
        yield from _answers(standard, lambda card, standard=standard: card.auditors[standard])
        yield f"Beyond the list: {standards.rest(standard)}.\n"
    yield f"## What ATLAS calls the defenses\n\n{standards.version(standards.MITIGATIONS)}.\n"
    yield from _answers(standards.MITIGATIONS, lambda card: card.mitigations)
    for standard, title in CLASSES.items():
        yield from _class(standard, title)


def _answers(standard: str, ids: Callable[[Card], tuple[str, ...]]) -> Iterator[str]:
    """A line for each id that something answers, then those that nothing does."""
    missing = standards.missing(standard)
    for one, asks in standards.known(standard).items():
        if one not in missing:
            members = _members([card for card in discover() if one in ids(card)])
            yield f"* **{one}**, {asks}: {'; '.join([*_codes(standard, one), *members, *_evidence(standard, one)])}"
    yield "\nNot answered here:\n"
    yield from (f"* {one}, {standards.known(standard)[one]}: {why}" for one, why in missing.items())
    yield ""


def _codes(standard: str, one: str) -> list[str]:
    """Findings that no attack gives, by the letter of their codes."""
    if standard not in standards.AUDITORS:
        return []
    letters = groupby((str(code) for code in Code if one in standards.asked(code=code)[standard]), key=lambda code: code[:5])
    return [_run(list(codes)) for _, codes in letters]


def _run(codes: list[str]) -> str:
    """Codes of one letter; from the third on, in a row, the first and the last."""
    in_a_row = int(codes[-1][5:]) - int(codes[0][5:]) == len(codes) - 1
    return f"`{codes[0]}` to `{codes[-1]}`" if in_a_row and len(codes) > 2 else ", ".join(f"`{code}`" for code in codes)


def _members(cards: list[Card]) -> Iterator[str]:
    """Attacks by the halves of the threat model that they fill, else by kind; defenses by kind, else by name."""
    attacks = [card for card in cards if card.kind.is_attack]
    halves = dict.fromkeys(_half(card) for card in attacks)
    whole = [half for half in halves if _of_half(half) <= set(attacks)]
    yield from ["every attack"] if len(attacks) == len(_attacks()) else (f"{half} attacks" for half in whole)
    yield from _by_kind([card for card in attacks if _half(card) not in whole])
    yield from _by_kind([card for card in cards if not card.kind.is_attack])


def _attacks() -> list[Card]:
    return [card for card in discover() if card.kind.is_attack]


def _half(card: Card) -> str:
    return f"{card.cell.influence} {card.cell.violation}"


def _of_half(half: str) -> set[Card]:
    return {card for card in _attacks() if _half(card) == half}


def _by_kind(cards: list[Card]) -> Iterator[str]:
    for kind in Kind:
        found = [card for card in cards if card.kind == kind]
        every = [card for card in discover() if card.kind == kind]
        if found == every:
            yield f"every {'attack of ' if kind.is_attack else ''}{kind}"
        elif found:
            yield _named(found, f"{kind}s")


def _named(cards: list[Card], kind: str) -> str:
    if len(cards) > MOST_NAMED:
        return f"{len(cards)} {kind}"
    return ", ".join(f"[{card.name}](catalogue.md#{card.name})" for card in cards)


def _evidence(standard: str, one: str) -> list[str]:
    found = [each for each in standards.evidence() if one in each.answers.get(standard, ())]
    return [f"[{each.what}]({each.page})" for each in found]


def _class(standard: str, title: str) -> Iterator[str]:
    """What a threat is called, by how many attacks are so."""
    yield f"## {title}\n\n{standards.version(standard)}.\n"
    called = {
        one: [card for card in _attacks() if one in card.standards.as_dict()[standard]] for one in standards.known(standard)
    }
    for one, cards in called.items():
        if cards:
            yield f"* **{one}**, {standards.known(standard)[one]}: {_named(cards, 'attacks')}"
    yield ""
    yield from _unplayed(standard, [one for one, cards in called.items() if not cards])


def _unplayed(standard: str, ids: Iterable[str]) -> Iterator[str]:
    """Ids of no attack, with the reason where one is given; and cells for which the standard has no word."""
    missing, names = standards.missing(standard), standards.known(standard)
    if missing:
        yield "Not played:\n"
        yield from (f"* {one}, {names[one]}: {missing[one]}" for one in ids if one in missing)
        yield ""
    else:
        yield f"The other {len(list(ids))} techniques that touch predictive models are played by no attack here.\n"
    wordless = {cell: standards.of_cell(cell).as_dict()[standard][0] for cell in CELLS}
    for cell, said in wordless.items():
        if said.startswith("none, "):
            yield f"* It has no word for {cell}, {said.removeprefix('none, ')}."
    yield ""
