"""The column of labels, each as the trusted table spells it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from amlsec.gate.reading.cells import Cells, words


def labels(cells: Cells, known: Sequence[str]) -> pa.Array:
    """Labels (n,), each one of the known; 1, 1.0 and "1" are one label, and so are true and True.

    Raises InvalidInput where a cell is no known label.

    >>> labels(Cells("spam", pa.array(["true", "False"]), first=1, longest=100), ("True", "False")).to_pylist()
    ['True', 'False']
    """
    coded = words(cells).dictionary_encode()
    spelled = pa.array([_known(label, known) for label in coded.dictionary.to_pylist()], pa.string())
    found = spelled.take(coded.indices)
    cells.none(pc.is_null(found), f"is no label of this gate: {', '.join(map(repr, known[:12]))}")
    return found


def _known(label: str, known: Sequence[str]) -> str | None:
    return next((form for form in (label, label.strip(), label.strip().capitalize(), _whole(label)) if form in known), None)


def _whole(label: str) -> str:
    try:
        number = float(label)
    except ValueError:
        return label
    return str(int(number)) if number.is_integer() else label
