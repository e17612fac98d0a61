"""One question of the worksheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amlsec.catalogue import Card, Kind
from amlsec.threat import Influence
from amlsec.worksheet.sheet import Sheet


def always(_: Sheet) -> bool:
    """Whatever was answered."""
    return True


def nothing(_: Sheet) -> Any:
    """No value."""
    return None


def usually(value: Any) -> Callable[[Sheet], Any]:
    """This value, whatever was answered."""
    return lambda _: value


def no_hint(_: Sheet) -> str:
    """Nothing to add."""
    return ""


def every(_: Card) -> bool:
    """All of them."""
    return True


def poisons(card: Card) -> bool:
    """Those that take rows in the training data."""
    return card.cell.influence == Influence.CAUSATIVE


def takes_training(card: Card) -> bool:
    """Those that make no sense where nothing is trained: they poison, or are about the rows that it was trained on."""
    return poisons(card) or card.kind in (Kind.MEMBERSHIP, Kind.INFERENCE)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, why, and what follows.

    Attributes
    ----------
    key : of the answer; where amlsec.toml has such a key under [audit], that one
    read : the answer in a text, checked; raises InvalidInput naming the key, the value and the rule
    default : the answer of who says nothing; None where there is none
    usual : that default in words, for a reader without a table
    required : whether None is no answer
    asked : whether it is asked at all, by what was answered before
    hint : what the table says to it
    decides : which attacks hang on the answer
    """

    key: str
    asks: str
    why: str
    follows: str
    usual: str
    read: Callable[[str, Sheet], Any]
    default: Callable[[Sheet], Any] = nothing
    required: bool = False
    asked: Callable[[Sheet], bool] = always
    hint: Callable[[Sheet], str] = no_hint
    decides: Callable[[Card], bool] = every
