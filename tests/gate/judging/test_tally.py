"""Tallies: as NumPy counts all rows at once, however they are cut, and in memory that does not grow with them."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.engine import Store
from amlsec.gate import decisions, verdicts
from amlsec.gate.judging import tally as module
from amlsec.gate.judging.evidence import worst
from amlsec.gate.judging.findings import Findings
from amlsec.gate.judging.judged import Judged, Known
from amlsec.gate.judging.pieces import Stored
from amlsec.gate.judging.sentence import sentence
from amlsec.gate.judging.standing import Common, Standing
from amlsec.gate.judging.tally import Tally, tally
from amlsec.gate.store import Store as Objects
from gate_rows import TODAY, judged, policy

ROWS = 1000
"""Of a piece."""


def said(n: int, seed: int, differing: int) -> Judged:
    """Of rows of so many contents, in every state."""
    rng = np.random.default_rng(seed)
    rows = judged(
        rng.random(differing),
        y=rng.integers(0, 2, differing),
        p=rng.integers(1, 401, differing) / 400,
        known=rng.choice(3, differing, p=[0.8, 0.1, 0.1]),
        decision=rng.choice(3, differing, p=[0.8, 0.1, 0.1]),
        seed=seed,
    ).rows(rng.integers(0, differing, n))
    rows.harm[:] = rng.random(n)  # copies differ in it, so that the first counts
    return rows


def cut(whole: Judged, size: int) -> list[Judged]:
    return [whole.rows(np.arange(start, min(start + size, len(whole)))) for start in range(0, len(whole), size)]


def same(one: Tally, two: Tally) -> None:
    np.testing.assert_equal(asdict(one), asdict(two))


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 60), seed=st.integers(0, 99), differing=st.integers(1, 40), size=st.sampled_from([1, 7, 60]))
def test_all_rows_are_counted_as_at_once(n: int, seed: int, differing: int, size: int) -> None:
    whole = said(n, seed, differing)
    found = tally(cut(whole, size))
    same(found, tally([whole]))
    new = whole.known == Known.NEW
    assert (found.rows, found.p.rows) == (n, new.sum())
    assert found.otherwise == (whole.known == Known.OTHERWISE).sum()
    assert found.held == (new & (whole.decision != 0)).sum()
    np.testing.assert_array_equal(np.repeat(*found.p), np.sort(whole.p[new]))
    for label, own in enumerate(found.labels):
        rows = np.flatnonzero(new & (whole.y == label))
        np.testing.assert_array_equal(np.repeat(*own.p), np.sort(whole.p[rows]))
        firsts = {whole.content[k]: k for k in rows[::-1]}.values()
        for total, of in ((own.harm, rows), (own.distinct, firsts)):
            assert total == (len(of), float(sum((Fraction(whole.harm[k]) for k in of), Fraction(0))))


def test_what_is_held_against_each_other_at_once_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = said(300, 0, 80)
    at_once = tally(cut(whole, 50))
    monkeypatch.setattr(module, "AT_ONCE", 40)
    same(tally(cut(whole, 50)), at_once)


@dataclass(frozen=True)
class Many:
    """Pieces of different rows, made when their turn comes."""

    count: int

    def __iter__(self) -> Iterator[Judged]:
        return (said(ROWS, seed, ROWS) for seed in range(self.count))


def peak(pieces: int, folder, caps: str) -> int:
    """Bytes that a verdict on so many stored pieces takes at most."""
    results, keys = Store(folder / "heard"), [f"{k}" for k in range(pieces)]
    for key, piece in zip(keys, Many(pieces), strict=True):
        results.put(key, piece.as_json())
    objects = Objects(str(folder / "objects"))
    tracemalloc.start()
    found = Findings.of(Stored(results, tuple(keys)))
    passed = sentence(found, Standing(Common(10**4)), policy(caps), source="feed", key="key", day=TODAY)
    assert len(verdicts.kept(objects, found, passed)) == pieces
    assert decisions.kept(objects, passed.decision)
    assert worst(found, passed).at.size == min(2000, pieces * ROWS)
    assert verdicts.harm_of(found, passed) > 0
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize(("caps", "most"), [("share = 1\ngrowth = 1", 4), ("share = 0.3", 20)], ids=["open", "capped"])
def test_a_verdict_takes_few_bytes_a_row(tmp_path, monkeypatch: pytest.MonkeyPatch, caps: str, most: int) -> None:
    """What becomes of each row and why, a byte each, and masks; and draws of those that pass, where a cap is reached."""
    monkeypatch.setattr(module, "AT_ONCE", 2000)
    _, few, many = (peak(pieces, tmp_path / str(pieces), f"[caps]\n{caps}") for pieces in (1, 4, 14))
    assert many - few < most * 10 * ROWS
