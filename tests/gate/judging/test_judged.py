"""Judgements in columns: they join, and go to JSON and back."""

import json
from dataclasses import fields

import numpy as np

from amlsec.data import Batch
from amlsec.gate.judging.judged import Judged, Known, contents, joined, known
from gate_rows import judged


def same(one: Judged, two: Judged) -> bool:
    return all(np.array_equal(getattr(one, f.name), getattr(two, f.name)) for f in fields(Judged) if f.name != "told") and (
        dict(one.told) == dict(two.told)
    )


def piece(seed: int, n: int) -> Judged:
    rng = np.random.default_rng(seed)
    said = judged(rng.random(n), y=rng.integers(0, 2, n), p=rng.random(n), decision=rng.integers(0, 3, n), seed=seed)
    return Judged(**{f.name: getattr(said, f.name) for f in fields(Judged)} | {"told": {0: ("a: b",)}, "turned": (seed,)})


def test_json_and_back_is_the_same_to_the_last_bit() -> None:
    said = piece(3, 50)
    assert same(Judged.from_json(json.loads(json.dumps(said.as_json()))), said)


def test_pieces_join_in_their_order() -> None:
    one, two = piece(1, 3), piece(2, 4)
    whole = joined([one, two])
    np.testing.assert_array_equal(whole.p, [*one.p, *two.p])
    np.testing.assert_array_equal(whole.content, [*one.content, *two.content])
    assert whole.turned == (1, 2)
    assert whole.told == {0: ("a: b",), 3: ("a: b",)}
    assert same(joined([one]), one)


def test_some_rows_bring_what_was_said_of_them() -> None:
    said = piece(4, 5)
    some = said.rows(np.array([3, 0]))
    assert some.p.tolist() == [said.p[3], said.p[0]]
    assert some.told == {1: ("a: b",)}
    assert same(said.rows(np.arange(5)), said)


def test_rows_are_known_by_content_and_label() -> None:
    trusted = contents(Batch(np.array([[1.0], [2.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])))
    offered = Batch(np.array([[1.0], [1.0], [2.0], [2.0], [3.0], [4.0], [-0.0]]), np.array([0, 1, 0, 1, 0, 0, 0]))
    assert known(offered, trusted).tolist() == [
        Known.SAME, Known.OTHERWISE, Known.SAME, Known.SAME, Known.OTHERWISE, Known.NEW, Known.NEW,
    ]  # fmt: skip
