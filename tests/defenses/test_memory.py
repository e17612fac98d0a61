import numpy as np
import pytest

from amlsec.data import texts
from amlsec.defenses.memory import LastClients, names
from amlsec.errors import InvalidInput


def test_it_is_the_memory_of_a_naive_list():
    """Against a list of the last clients, kept by hand."""
    rng, seen, order = np.random.default_rng(0), LastClients(5, list), []
    told = {}
    for k in range(2000):
        client = str(rng.integers(12))
        known = client in order[-5:]
        assert seen[client] == (told[client] if known else [])
        seen[client].append(k)
        told[client] = [*told[client], k] if known else [k]
        order = [*(name for name in order if name != client), client]
        assert len(seen) == min(5, len(order))


def test_another_memory_knows_nobody():
    seen = LastClients(3, list)
    seen["ann"].append(1)
    other = seen.emptied()
    assert (len(other), other.most, other["ann"]) == (0, 3, [])
    assert seen["ann"] == [1]


def test_names_are_one_for_all_or_one_for_each():
    assert list(names("ann", 3)) == ["ann"] * 3
    assert list(names(texts(["ann", "bob"]), 2)) == ["ann", "bob"]


def test_names_are_neither_too_few_nor_too_many():
    for rows in (1, 3):
        with pytest.raises(InvalidInput, match=f"client is '2 names': must be one name, or one for each of {rows} rows"):
            names(texts(["ann", "bob"]), rows)
