"""Every cell and every attack is mapped, to ids that exist."""

import re

import pytest

from amlsec.catalogue import discover
from amlsec.standards import known, of_cell, version
from amlsec.threat import CELLS, Influence, Violation

STANDARDS = {"atlas": r"AML\.T\d{4}(\.\d{3})?", "nist": r"NISTAML\.\d{2,3}", "owasp": r"ML\d\d"}
ATTACKS = [card for card in discover() if card.kind.is_attack]


@pytest.mark.parametrize("standard", STANDARDS)
def test_ids_have_the_form_of_their_standard_and_a_name(standard: str) -> None:
    assert all(re.fullmatch(STANDARDS[standard], key) and name.strip() for key, name in known(standard).items())
    assert re.search(r"20\d\d|\d\.\d", version(standard))


def test_owasp_has_ten_entries() -> None:
    assert sorted(known("owasp")) == [f"ML{i:02}" for i in range(1, 11)]


def test_a_sub_technique_carries_its_parents_name() -> None:
    techniques = known("atlas")
    for key, name in techniques.items():
        parent = techniques.get(key.rpartition(".")[0], None) if key.count(".") == 2 else None
        assert parent is None or name.startswith(f"{parent}: ")


def mapped(ids: tuple[str, ...], standard: str) -> bool:
    if len(ids) == 1 and ids[0].startswith("none, because "):
        return len(ids[0]) > len("none, because ") + 10
    return bool(ids) and len(set(ids)) == len(ids) and set(ids) <= set(known(standard))


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_every_cell_is_mapped(cell, standard: str) -> None:
    assert mapped(of_cell(cell).as_dict()[standard], standard)


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("card", ATTACKS, ids=lambda card: card.name)
def test_every_attack_is_mapped(card, standard: str) -> None:
    assert mapped(card.standards.as_dict()[standard], standard)


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_poisoning_cells_are_said_to_poison_and_privacy_cells_to_leak(cell) -> None:
    """AML.T0020 is "Poison Training Data", AML.T0024 "Exfiltration via AI Inference API"."""
    ids = of_cell(cell).atlas
    assert ("AML.T0020" in ids) == (cell.influence == Influence.CAUSATIVE)
    assert any(key.startswith("AML.T0024") for key in ids) == (cell.violation == Violation.PRIVACY)
