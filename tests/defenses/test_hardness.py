"""The fewest flips against every set of flips."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from amlsec.defenses.hardness import fewest_flips
from amlsec.whitebox.linear import Linear


def tried(rule, row):
    """The fewest flips that pass, of all sets of flips."""
    for size in range(len(row) + 1):
        for chosen in combinations(range(len(row)), size):
            flipped = row.copy()
            flipped[list(chosen)] = 1 - flipped[list(chosen)]
            if rule.margin(flipped[None])[0] <= 0:
                return size
    return np.inf


@settings(deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=5, max_size=5), st.integers(-6, 6), st.integers(0, 31))
def test_no_set_of_flips_is_smaller(weights, bias, bits):
    rule, row = Linear(np.array(weights, dtype=float), float(bias)), np.array([bits >> k & 1 for k in range(5)], dtype=float)
    assert fewest_flips(rule, row[None])[0] == tried(rule, row)
    assert fewest_flips(rule, csr_matrix(row[None]))[0] == tried(rule, row)
