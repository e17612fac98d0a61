"""What the screens say of a whole submission."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from amlsec.gate.judging.judged import Judged
from amlsec.gate.judging.tally import Tally, tally


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """A submission's pieces; no more than one of them need be in memory.

    Attributes
    ----------
    pieces : at least one, in their order; gone through as often as is needed
    turned : positions of protected rows that a model trained with the submission's rows judges wrongly, and not without
    tally : of all rows
    """

    pieces: Iterable[Judged]
    turned: tuple[int, ...]
    tally: Tally

    @classmethod
    def of(cls, pieces: Iterable[Judged], turned: Iterable[int] = ()) -> Self:
        """Of pieces that turn protected rows each for itself, and together these."""
        alone = (row for piece in pieces for row in piece.turned)
        return cls(pieces, tuple(sorted({*alone, *turned})), tally(pieces))

    def placed(self) -> Iterator[tuple[slice, Judged]]:
        """Each piece, and which rows of the submission it is."""
        start = 0
        for piece in self.pieces:
            yield slice(start, start + len(piece)), piece
            start += len(piece)
