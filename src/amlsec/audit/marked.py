"""What changed between a row before and after an attack, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from amlsec.plain import LONGEST, clip

_MOST_WORDS = 400
_MOST_PIECES = 60
_Mark = Literal["same", "added", "removed", "left out"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed, came or went; "left out" stands for unchanged words that are not shown."""

    mark: _Mark
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """The row after the attack, with what was added and removed marked; long runs are shortened.

    >>> [(piece.mark, piece.text) for piece in pieces("buy now", "buy now meeting")]
    [('same', 'buy now'), ('same', ' '), ('added', 'meeting')]
    """
    old, new = _words(before), _words(after)
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    middle = _compared(old[start : len(old) - end], new[start : len(new) - end])
    every = [Piece("same", "".join(new[:start])), *middle, Piece("same", "".join(new[len(new) - end :]))]
    shown = [part for piece in every if piece.text for part in _shortened(piece)]
    return shown if len(shown) <= _MOST_PIECES else [*shown[:_MOST_PIECES], Piece("left out", "the rest")]


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+$", text)


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    most = min(len(old), len(new))
    return next((i for i in range(most) if old[i] != new[i]), most)


def _compared(old: list[str], new: list[str]) -> Iterator[Piece]:
    old, new = old[:_MOST_WORDS], new[:_MOST_WORDS]
    for _, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if old[i:j] == new[k:m]:
            yield Piece("same", "".join(new[k:m]))
        else:
            text = "".join(new[k:m])
            space = len(text) - len(text.lstrip())
            yield from (
                Piece("removed", "".join(old[i:j]).strip()),
                Piece("same", text[:space]),
                Piece("added", text[space:]),
            )


def _shortened(piece: Piece) -> Iterator[Piece]:
    if piece.mark != "same":
        yield Piece(piece.mark, clip(piece.text))
    elif len(piece.text) <= LONGEST:
        yield piece
    else:
        head, tail = LONGEST * 2 // 3, LONGEST // 4
        yield Piece("same", piece.text[:head])
        yield Piece("left out", f"{len(piece.text) - head - tail:,} characters unchanged")
        yield Piece("same", piece.text[-tail:])
