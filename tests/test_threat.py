"""The threat model has twelve cells, and its orders are orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.threat import CELLS, Access, Influence, Knowledge, Specificity, ThreatModel, Violation

threats = st.builds(
    ThreatModel,
    st.none() | st.sampled_from(Influence),
    st.none() | st.sampled_from(Violation),
    st.none() | st.sampled_from(Specificity),
)


def test_twelve_cells_with_no_axis_open() -> None:
    assert len(set(CELLS)) == 2 * 3 * 2
    assert all(cell.is_cell for cell in CELLS)
    assert not ThreatModel(Influence.CAUSATIVE).is_cell


@given(threats)
def test_a_threat_covers_as_many_cells_as_its_open_axes_allow(threat: ThreatModel) -> None:
    open_axes = [n for n, axis in zip((2, 3, 2), threat.axes, strict=True) if axis is None]
    cells = 1
    for n in open_axes:
        cells *= n
    assert sum(threat.covers(cell) for cell in CELLS) == cells


@given(threats, threats, threats)
def test_covering_is_an_order(a: ThreatModel, b: ThreatModel, c: ThreatModel) -> None:
    assert a.covers(a)
    assert not (a.covers(b) and b.covers(a)) or a == b
    assert not (a.covers(b) and b.covers(c)) or a.covers(c)


@given(threats, threats)
def test_threats_meet_where_a_cell_is_described_by_both(a: ThreatModel, b: ThreatModel) -> None:
    assert a.meets(b) == any(a.covers(cell) and b.covers(cell) for cell in CELLS)


@given(threats, threats)
def test_who_covers_another_covers_all_its_cells(a: ThreatModel, b: ThreatModel) -> None:
    assert a.covers(b) == all(a.covers(cell) for cell in CELLS if b.covers(cell))


def test_an_open_axis_reads_any() -> None:
    assert str(ThreatModel(violation=Violation.PRIVACY)) == "any privacy any"


@pytest.mark.parametrize("scale", [Knowledge, Access])
def test_more_includes_less(scale) -> None:
    values = list(scale)
    assert values[0].value == "none"
    assert all(a.includes(b) == (i >= j) for i, a in enumerate(values) for j, b in enumerate(values))
