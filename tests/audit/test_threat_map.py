import pytest

from amlsec.audit import threat_map
from amlsec.catalogue import Victim, discover
from amlsec.evaluation.canary_game import CELL as CANARIES
from amlsec.evidence import State
from amlsec.threat import CELLS, Violation
from audit import example


def test_every_cell_has_its_square_and_shows_the_worst():
    squares = threat_map.squares(example.result())
    assert tuple(squares) == CELLS
    worst = {str(cell): square.worst.code for cell, square in squares.items() if square.worst}
    assert worst == {
        "causative integrity indiscriminate": "AML-P01",
        "causative availability targeted": "AML-P05",
        "causative availability indiscriminate": "AML-P04",
        "exploratory integrity indiscriminate": "AML-E01",
        "exploratory availability indiscriminate": "AML-A01",
        "exploratory privacy targeted": "AML-M01",
    }


def test_an_empty_square_says_why():
    cell = str(CELLS[0])
    idle = [example.finding(f"AML-X{i}", cell=cell, state=state) for i, state in enumerate(list(State)[1:])]
    said = [threat_map.squares(example.result(found))[CELLS[0]].empty for found in ([], idle[:1], idle)]
    assert said == ["no attack yet", "not applicable", "not run"]


def attacked(*spaces):
    """The cells that an attack on a classifier stands in, in one of these spaces."""
    attacks = [card for card in discover() if card.kind.is_attack and card.victim == Victim.CLASSIFIER]
    return {card.cell for card in attacks if set(spaces) & set(card.spaces)}


def test_every_square_has_an_attack():
    assert attacked("tabular", "text") == set(CELLS)


@pytest.mark.parametrize("space", ["tabular", "text"])
def test_every_square_of_privacy_can_be_filled_for_tables_and_for_texts(space):
    """By an attack or by canaries."""
    assert {CANARIES, *attacked(space)} >= {cell for cell in CELLS if cell.violation == Violation.PRIVACY}
