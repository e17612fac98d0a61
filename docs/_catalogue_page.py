"""The page docs/catalogue.md: the twelve cells as a map, every member by kind, who attacks and answers in each cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from _literature import paper, tried_again
from _page import page

from amlsec.catalogue import Card, Kind, Victim, discover
from amlsec.literature.reader import references
from amlsec.standards import Standards, of_cell
from amlsec.threat import CELLS, Influence, Specificity, ThreatModel, Violation

MEANS = {
    Influence.CAUSATIVE: "he gets rows into the training data",
    Influence.EXPLORATORY: "he only uses the finished model",
    Violation.INTEGRITY: "bad rows pass",
    Violation.AVAILABILITY: "good rows are stopped",
    Violation.PRIVACY: "data are given away",
}


def catalogue() -> str:
    """Every member, by kind, and the twelve cells."""
    return page(_catalogue())


def _catalogue() -> Iterator[str]:
    cards = discover()
    attacks = sum(card.kind.is_attack for card in cards)
    yield "# Catalogue\n"
    yield f"{attacks} attacks and {len(cards) - attacks} defenses, each cited, tested and measured alike.\n"
    yield "Each cell of the [threat model](threat-model.md) leads to its attacks and to the defenses that claim it."
    yield "`amlsec catalogue` lists them all, `amlsec show NAME` tells more.\n"
    yield from _threat_map(cards)
    for kind in Kind:
        yield f"\n## {kind.capitalize()}\n"
        for card in cards:
            if card.kind == kind:
                yield from _member(card)
    yield "## The twelve cells\n"
    for cell in CELLS:
        yield from _cell(cell, cards)


def map_of_front_page() -> str:
    """The twelve cells, as the front page shows them."""
    return "\n".join(_threat_map(discover(), "catalogue/"))


def _threat_map(cards: Sequence[Card], at: str = "") -> Iterator[str]:
    """The twelve cells as a table that links to each, on the page `at`."""
    yield '<table class="cells">\n<thead><tr><td></td>' + "".join(map(_column, Violation)) + "</tr></thead>\n<tbody>"
    for influence in Influence:
        yield f'<tr><th colspan="4" scope="rowgroup">{influence.capitalize()} <small>{MEANS[influence]}</small></th></tr>'
        for specificity in Specificity:
            cells = [ThreatModel(influence, violation, specificity) for violation in Violation]
            row = "".join(_counts(cell, cards, at) for cell in cells)
            yield f'<tr><th scope="row">{specificity.capitalize().replace("crim", "&shy;crim")}</th>{row}</tr>'
    yield "</tbody>\n</table>\n"


def _column(violation: Violation) -> str:
    return f'<th scope="col">{violation.capitalize()} <small>{MEANS[violation]}</small></th>'


def _counts(cell: ThreatModel, cards: Sequence[Card], at: str) -> str:
    attacks, defenses = len(_attacking(cell, cards)), len(_answering(cell, cards))
    told = f"{_number(attacks, 'attack')}<br>{_number(defenses, 'defense')}"
    return f'<td><a href="{at}#{_anchor(cell)}">{told}</a></td>'


def _number(n: int, what: str) -> str:
    return f"<b>{n}</b> {what}{'s' * (n != 1)}"


def _attacking(cell: ThreatModel, cards: Iterable[Card]) -> list[Card]:
    return [card for card in cards if card.kind.is_attack and card.cell == cell]


def _answering(cell: ThreatModel, cards: Iterable[Card]) -> list[Card]:
    return [card for card in cards if card.answers(cell)]


def _anchor(cell: ThreatModel) -> str:
    return str(cell).replace(" ", "-")


def _member(card: Card) -> Iterator[str]:
    """Its name as an anchor, what it does, its facts, its papers."""
    yield f"### {card.name} {{ #{card.name} }}\n"
    yield f"{card.summary}\n"
    yield f"<small>{' · '.join(_facts(card))}</small>\n"
    yield f"<small>{'; '.join(_papers(card))}</small>\n"


def _papers(card: Card) -> Iterator[str]:
    """What it follows, and what tries that again."""
    for key in card.references:
        work = references()[key]
        again = tried_again(work)
        yield f"{paper(work)} {work.title}{f' (tried again: {again})' if again else ''}"


def _facts(card: Card) -> Iterator[str]:
    """What is to be known of a member before it is run."""
    if card.kind.is_attack:
        yield f"`{card.code}`"
    yield "; ".join(map(str, card.threats))
    if card.kind.is_attack:
        yield f"sees: {card.access}"
        yield f"knows: {card.knowledge}"
    if card.victim != Victim.CLASSIFIER:
        yield f"victim: {card.victim}"
    yield f"data: {', '.join(card.spaces)}"
    if card.kind.is_attack:
        yield _ids(card.standards)
    yield f"[code](api/{card.kind}.md#{card.run.__module__}.{card.run.__qualname__})"


def _cell(cell: ThreatModel, cards: Sequence[Card]) -> Iterator[str]:
    yield f"### {str(cell).capitalize()} {{ #{_anchor(cell)} }}\n"
    yield f"* Attacks: {_names(_attacking(cell, cards))}"
    yield f"* Defenses that claim it: {_names(_answering(cell, cards))}"
    yield f"* {_ids(of_cell(cell))}\n"


def _ids(standards: Standards) -> str:
    """Every id there is; of a body without one the reason is left to the page on standards."""
    known = (each for ids in standards.as_dict().values() for each in ids)
    return ", ".join(each for each in known if not each.startswith("none"))


def _names(cards: Sequence[Card]) -> str:
    return ", ".join(f"[{card.name}](#{card.name})" for card in cards) or "none yet"
