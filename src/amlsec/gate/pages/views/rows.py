"""Rows as a person reads them: text with the telling words marked, or columns with their values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amlsec.gate.form import Form, Holds
from amlsec.gate.pages.words import number
from amlsec.plain import clip

LONGEST = 1200
"""Characters of one text that a page shows."""
MOST_CELLS = 12
"""Columns of one row that a page shows unasked."""
_WORD = re.compile(r"\w+")
_ENDLESS = re.compile(r"\S{100,}")
_NEXT_SCREEN = re.compile(r"; (?=[\w.-]+: )")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked where it is one of the words that tell."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What a row holds: pieces of its text, or else its columns; `more` are shown where somebody asks."""

    pieces: Sequence[Piece] = ()
    cells: Sequence[tuple[str, str]] = ()
    more: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """A trusted row that is near."""

    label: str
    distance: float
    row: Shown


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of a submission: why it was decided on so, and what each screen says; `p` is None where nothing was measured."""

    position: int
    label: str
    decision: str
    p: float | None
    why: str
    screens: Sequence[str]
    row: Shown
    near: Sequence[Near] = ()


def why(reason: str) -> tuple[str, list[str]]:
    """Why a row was decided on as it was, and what each screen said of it.

    >>> why("is held back by the screens (roni: it harms; much; provenance: odd source (new))")
    ('is held back by the screens', ['roni: it harms; much', 'provenance: odd source (new)'])
    """
    first, _, screens = reason.partition(" (")
    return first, _NEXT_SCREEN.split(screens.removesuffix(")")) if screens else []


def shown(cells: Mapping[str, Any], form: Form, telling: Collection[str] = ()) -> Shown:
    """A row by its feature columns, the telling words of a text marked."""
    if form.holds == (Holds.TEXT,):
        return Shown(pieces=pieces(str(cells[form.names[0]] or ""), telling))
    return columns({name: cells.get(name) for name in form.names}, telling)


def columns(values: Mapping[str, Any], telling: Collection[str] = ()) -> Shown:
    """A row by its columns, those that tell first; few are shown at once.

    >>> columns({"size": 0.5, "port": "http"}, {"port"}).cells
    [('port', 'http'), ('size', '0.5')]
    """
    every = sorted(named(values), key=lambda cell: cell[0] not in telling)
    return Shown(cells=every[:MOST_CELLS], more=every[MOST_CELLS:])


def named(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Columns and their values in words.

    >>> named({"port": "http", "size": 0.5, "flag": None})
    [('port', 'http'), ('size', '0.5'), ('flag', '–')]
    """
    return [(name, _cell(value)) for name, value in values.items()]


def pieces(text: str, telling: Collection[str] = ()) -> list[Piece]:
    """The text, cut, with each telling word a piece of its own.

    >>> [(piece.text, piece.marked) for piece in pieces("A free offer", {"free"})]
    [('A ', False), ('free', True), (' offer', False)]
    """
    text, wanted = _bounded(text), {word.lower() for word in telling}
    found, end = [], 0
    for match in _WORD.finditer(text):
        if match[0].lower() in wanted:
            found += [Piece(text[end : match.start()]), Piece(match[0], marked=True)]
            end = match.end()
    return [piece for piece in (*found, Piece(text[end:])) if piece.text]


def _bounded(text: str) -> str:
    """The text cut, without many empty lines, its endless words cut too."""
    words = _ENDLESS.sub(lambda match: clip(match[0], 80), text.strip())
    return clip(_EMPTY_LINES.sub("\n\n", words), LONGEST)


def _cell(value: Any) -> str:
    return "–" if value is None else number(value) if isinstance(value, int | float) else clip(str(value), 200)
