"""What speaks against a submission, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amlsec.gate.form import Form
from amlsec.gate.pages.views.rows import Near, Shown, columns, pieces

_MOST_FLIPS, _MOST_WORDS = 4, 10
_NONE: Mapping[str, Any] = {"asked": 0, "turned_wrong": 0, "turned_right": 0, "rows": ()}


@dataclass(frozen=True, slots=True)
class Flip:
    """A row that is judged rightly without the submission, and wrongly once it is learned."""

    label: str
    row: Shown


@dataclass(frozen=True, slots=True)
class Word:
    """A word or feature whose weight changes; above 0 it speaks for malicious."""

    name: str
    without: float
    after: float
    towards: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it.

    Attributes
    ----------
    asked, turned_wrong, turned_right : trusted rows asked with and without the submission, and what became of them
    flips, protected : some of the trusted and of the protected rows that turn wrong
    near : trusted rows near the worst rows, by their position
    """

    asked: int
    turned_wrong: int
    turned_right: int
    flips: Sequence[Flip]
    protected: Sequence[Flip]
    words: Sequence[Word]
    near: Mapping[int, Sequence[Near]]
    notes: Sequence[str]


def evidence(told: Mapping[str, Any], form: Form) -> Evidence:
    """From the gate's JSON; empty where there is none yet."""
    names, flips = label_names(form), told.get("flips") or _NONE
    words = [_word(one, names) for one in told.get("responsible", ())[:_MOST_WORDS]]
    telling = {word.name for word in words}
    return Evidence(
        flips["asked"],
        flips["turned_wrong"],
        flips["turned_right"],
        [_flip(one, names, telling) for one in flips["rows"][:_MOST_FLIPS]],
        [_flip(one, names, telling) for one in told.get("protected", ())[:_MOST_FLIPS]],
        words,
        {one["row"]: _near(one["nearest"], names, telling) for one in told.get("worst", ())},
        told.get("notes", ()),
    )


def label_names(form: Form) -> tuple[str, str]:
    """What benign and malicious rows are called here.

    >>> from amlsec.tables.load import Columns, Labels
    >>> label_names(Form(Columns("y"), (), (), Labels(("spam",), ("ham", "news"))))
    ('benign', 'spam')
    """
    return _only(form.labels.benign, "benign"), _only(form.labels.malicious, "malicious")


def _only(names: tuple[str, ...], usual: str) -> str:
    return names[0] if len(names) == 1 else usual


def _word(one: Mapping[str, Any], names: tuple[str, str]) -> Word:
    return Word(one["feature"], one["without"], one["with"], names[one["with"] > one["without"]])


def _flip(one: Mapping[str, Any], names: tuple[str, str], telling: set[str]) -> Flip:
    return Flip(names[one["label"]], _shown(one, telling))


def _near(nearest: Mapping[str, Any], names: tuple[str, str], telling: set[str]) -> list[Near]:
    found = sorted(nearest.values(), key=lambda one: one["distance"])
    return [Near(names[one["label"]], one["distance"], _shown(one, telling)) for one in found]


def _shown(one: Mapping[str, Any], telling: set[str]) -> Shown:
    return Shown(pieces=pieces(one["text"], telling)) if "text" in one else columns(one["values"], telling)
