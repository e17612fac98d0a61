"""Pieces: as one, wherever they are judged, and each only once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amlsec.data import Batch
from amlsec.engine import Workers
from amlsec.gate.judging import pieces as in_pieces
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.panel import Panel
from amlsec.gate.judging.pieces import Pieces, keep
from gate_rows import policy, read, rows


@pytest.fixture(scope="module")
def panel() -> Panel:
    return Panel.fit(policy(), rows(200, 0), protected=rows(20, 1))


@pytest.fixture(scope="module")
def pieces(panel, tmp_path_factory) -> Pieces:
    folder = tmp_path_factory.mktemp("pieces")
    keep(panel, folder / "panel.joblib")
    paths = tuple(folder / f"{k}.npz" for k in range(3))
    for k, path in enumerate(paths):
        np.savez(path, X=rows(40, 10 + k).X, y=rows(40, 10 + k).y)
    return Pieces(folder / "panel.joblib", paths, read)


def said(found: Findings) -> list[dict[str, Any]]:
    """All that is said, by piece."""
    return [piece.as_json() for piece in found.pieces]


def test_pieces_are_judged_as_the_panel_does(panel, pieces, tmp_path) -> None:
    found = in_pieces.judged(pieces, tmp_path)
    alone = [panel.judge(read(path)) for path in pieces.paths]
    assert said(found) == [one.as_json() for one in alone]
    assert set(found.turned) >= {row for one in alone for row in one.turned}


def test_two_processes_say_the_same(pieces, tmp_path) -> None:
    here = in_pieces.judged(pieces, tmp_path / "here")
    there = in_pieces.judged(pieces, tmp_path / "there", Workers(2))
    assert (said(there), there.turned, there.tally.labels[0].harm) == (said(here), here.turned, here.tally.labels[0].harm)


def test_what_is_judged_is_not_judged_again(pieces, tmp_path) -> None:
    first = in_pieces.judged(pieces, tmp_path)
    again = Pieces(pieces.panel, pieces.paths, never)
    assert said(in_pieces.judged(replace(again, paths=pieces.paths[:1]), tmp_path)) == said(first)[:1]
    with pytest.raises(LookupError):
        in_pieces.judged(again, tmp_path / "elsewhere")


def never(path: Path) -> Batch:
    raise LookupError(path)


def test_protected_rows_are_tested_with_all_pieces_together(tmp_path) -> None:
    """Each piece's poison turns few rows, all together more."""
    protected = rows(200, 1, shift=1.8)
    panel = Panel.fit(policy("hold_back = 0.001"), rows(200, 0), protected=protected)
    keep(panel, tmp_path / "panel.joblib")
    paths = tuple(tmp_path / f"{k}.npz" for k in range(3))
    for k, path in enumerate(paths):
        X = 2.2 + 0.1 * np.random.default_rng(k).normal(size=(20, 4))
        np.savez(path, X=X, y=np.zeros(20, dtype=np.int64))
    found = in_pieces.judged(Pieces(tmp_path / "panel.joblib", paths, read), tmp_path / "done")
    alone = {row for path in paths for row in panel.judge(read(path)).turned}
    assert set(found.turned) > alone
