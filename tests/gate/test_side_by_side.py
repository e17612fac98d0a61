"""Eight threads, a bounded number of tasks at a time, answers in order."""

from itertools import count, islice
from threading import Barrier

import pytest

from amlsec.gate.side_by_side import side_by_side


def test_eight_work_at_once_and_answers_keep_their_order():
    together = Barrier(8, timeout=30)

    def work(number):
        together.wait()
        return number * number

    assert list(side_by_side(work, range(16))) == [number * number for number in range(16)]


def test_what_is_told_without_end_is_taken_bit_by_bit():
    taken = []
    told = (taken.append(number) or number for number in count())
    assert list(islice(side_by_side(abs, told), 1500)) == list(range(1500))
    assert len(taken) == 2000


def test_an_error_ends_it():
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda number: 1 // number, [1, 0, 1]))
