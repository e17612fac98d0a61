"""Rules of a centre against plain means of the rows they say they keep."""

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from amlsec.centroid.memory import average_out, infinite_horizon, nearest_out, oldest_out, remembered

RULES = (average_out, infinite_horizon, oldest_out, nearest_out)
cells = st.integers(-50, 50).map(lambda value: value / 4)
first = hnp.arrays(float, (5, 2), elements=cells)
stream = hnp.arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=cells)


def learned(rule, rows, new):
    memory = remembered(rows)
    for row in new:
        memory = rule(memory, row)
    return memory


@settings(max_examples=50, deadline=None)
@given(first, stream)
def test_the_infinite_horizon_is_the_mean_of_all(rows, new):
    assert learned(infinite_horizon, rows, new).centre == pytest.approx(np.concatenate([rows, new]).mean(axis=0))


@settings(max_examples=50, deadline=None)
@given(first, stream)
def test_averaging_out_weighs_rows_by_how_long_ago_they_came(rows, new):
    weight = 0.8 ** np.arange(len(new))[::-1] / 5
    expected = weight @ new + 0.8 ** len(new) * rows.mean(axis=0)
    assert learned(average_out, rows, new).centre == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(first, stream)
def test_the_oldest_goes_first(rows, new):
    memory = learned(oldest_out, rows, new)
    kept = np.concatenate([rows, new])[-5:]
    assert (memory.rows == kept).all()
    assert memory.centre == pytest.approx(kept.mean(axis=0), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(first, stream)
def test_the_nearest_goes_by_brute_force(rows, new):
    memory, kept = learned(nearest_out, rows, new), [tuple(row) for row in rows]
    for row in new:
        distances = [sum((a - b) ** 2 for a, b in zip(other, row, strict=True)) for other in kept]
        del kept[distances.index(min(distances))]
        kept.append(tuple(row))
    assert memory.rows.tolist() == [list(row) for row in kept]
    assert memory.centre == pytest.approx(np.mean(kept, axis=0), abs=1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_the_old_memory_stays_as_it_was_and_rows_are_counted(rule):
    rows = np.arange(10.0).reshape(5, 2)
    memory = remembered(rows)
    new = rule(memory, np.array([100.0, 0.0]))
    assert (memory.centre.tolist(), memory.seen, new.seen) == ([4.0, 5.0], 5, 6)
    assert (memory.rows == np.arange(10.0).reshape(5, 2)).all()


@pytest.mark.parametrize("rule", RULES)
def test_a_row_at_the_centre_of_equal_rows_moves_nothing(rule):
    memory = learned(rule, np.full((5, 2), 3.0), np.full((4, 2), 3.0))
    assert (memory.centre == 3.0).all()
