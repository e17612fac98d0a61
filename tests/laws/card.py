"""Laws of every member: it is documented, referenced and mapped."""

import inspect
import re

from amlsec.catalogue import Card, discover
from amlsec.literature.reader import references
from amlsec.standards import known
from laws.toys import SPACES, WORLDS

STANDARDS = ("atlas", "nist", "owasp")


def check_first_line_of_the_docstring_is_a_sentence(card: Card) -> None:
    first, *rest = (inspect.getdoc(card.run) or "").splitlines()
    assert re.fullmatch(r"\S.*\.", first), f"{card.name} begins {first!r}"
    assert not rest or not rest[0], f"{card.name} has no empty line after the first"


def check_has_an_example(card: Card) -> None:
    assert ">>> " in (inspect.getdoc(card.run) or ""), f"{card.name} shows no example"


def check_names_the_errors_it_raises(card: Card) -> None:
    raised = set(re.findall(r"\braise (\w+)\(", inspect.getsource(inspect.unwrap(card.run))))
    missing = {error for error in raised if error not in _all_docs(card)}
    assert not missing, f"{card.name} raises {missing} and says so nowhere"


def _all_docs(card: Card) -> str:
    own = inspect.getdoc(card.run) or ""
    return own + "".join(inspect.getdoc(part) or "" for part in vars(card.run).values() if callable(part))


def check_references_stand_in_the_literature(card: Card) -> None:
    unknown = set(card.references) - set(references())
    assert card.references, f"{card.name} names no reference"
    assert not unknown, f"{card.name} names {unknown}, which references.bib has not"


def check_an_attack_is_mapped_to_every_standard(card: Card) -> None:
    if not card.kind.is_attack:
        return
    for standard in STANDARDS:
        ids = getattr(card.standards, standard)
        said = len(ids) == 1 and re.match(r"none, because .{10}", ids[0])
        assert said or (ids and set(ids) <= set(known(standard))), f"{card.name} is mapped to {ids} in {standard}"


def check_only_attacks_have_a_code_and_it_is_theirs(card: Card) -> None:
    if not card.kind.is_attack:
        assert card.code == ""
        return
    assert re.fullmatch(r"AML-[A-Z]\d\d", card.code), f"{card.name} has the code {card.code!r}"
    others = [other.name for other in discover() if other.code == card.code and other.run is not card.run]
    assert not others, f"{card.name} shares its code with {others}"


def check_is_named_like_its_file(card: Card) -> None:
    file = card.run.__module__.rpartition(".")[2]
    assert card.name == file.replace("_", "-")
    named = card.run.__name__
    assert (named if card.kind.is_attack else named.lower()) == (file if card.kind.is_attack else file.replace("_", ""))


def check_spaces_are_spaces(card: Card) -> None:
    assert card.spaces, f"{card.name} works in no space"
    assert len(set(card.spaces)) == len(card.spaces)
    assert set(card.spaces) <= SPACES, f"{card.name} names spaces {card.spaces}"
    assert all((card.victim, space) in WORLDS for space in card.spaces), f"{card.name} has no {card.victim} in its spaces"
