"""Every law of every kind, on every member the catalogue discovers; and every law can be broken."""

from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

from amlsec.catalogue import Card, Kind, discover
from amlsec.errors import InvalidInput
from laws import bad, bad_attacks, bad_defenses, bad_detectors, bad_inference
from laws import card as any_kind

Law = Callable[[Card], None]


def laws_of(kind: Kind) -> Iterator[Law]:
    """The `check_` functions of all members, and of this kind."""
    for module in (any_kind, import_module(f"laws.{kind.value}")):
        yield from (law for name, law in vars(module).items() if name.startswith("check_"))


def name_of(law: Law) -> str:
    return law.__name__.removeprefix("check_").replace("_", "-")


FILED = (bad_attacks, bad_defenses, bad_detectors, bad_inference)  # importing them files the bad members
EVERY = [pytest.param(card, law, id=f"{card.name}:{name_of(law)}") for card in discover() for law in laws_of(card.kind)]
BROKEN = [pytest.param(card, law, by, id=f"{card.name}:{name_of(law)}") for card, law, by in bad.members()]


@pytest.mark.parametrize(("card", "law"), EVERY)
def test_every_member_keeps_every_law(card: Card, law: Law) -> None:
    try:
        law(card)
    except InvalidInput as error:
        if "pip install 'amlsec[" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize(("card", "law", "by"), BROKEN)
def test_a_bad_member_breaks_its_law(card: Card, law: Law, by: bad.Errors) -> None:
    with pytest.raises(by):
        law(card)


@pytest.mark.parametrize("kind", Kind)
def test_every_law_is_broken_by_some_bad_member(kind: Kind) -> None:
    broken = {name_of(law) for card, law, _ in bad.members() if card.kind == kind or law in vars(any_kind).values()}
    assert {name_of(law) for law in laws_of(kind)} - broken == set()


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_members(kind: Kind) -> None:
    assert any(card.kind == kind for card in discover())
