"""Caps: never exceeded, whatever comes in which order; exact at the boundary; drawn by content."""

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.gate.judging.caps import kept, room_of_growth, room_of_share, smallest
from amlsec.gate.judging.standing import Common, Own, Standing
from amlsec.gate.policy import Caps
from gate_rows import TODAY, judged, sentenced

SHARES = st.sampled_from([0.05, 0.1, 0.2, 1 / 3, 0.5, 0.9])


@settings(max_examples=50, deadline=None)
@given(share=SHARES, floor=st.integers(0, 30), root=st.integers(1, 300), others=st.integers(0, 200), own=st.integers(0, 200))
def test_the_room_of_a_share_is_the_most_that_fits(share, floor, root, others, own) -> None:
    caps = Caps(share=share, floor=floor)
    room = room_of_share(Standing(Common(root, others + own), Own(learned=own)), caps)

    def fits(k: int) -> bool:
        return own + k <= max(floor, Fraction(str(share)) * (root + others + own + k))

    assert room is not None
    assert not fits(room + 1) or (room == 0 and not fits(1))
    assert fits(room) or room == 0


def test_a_tenth_is_a_tenth() -> None:
    standing = Standing(Common(90))
    assert room_of_share(standing, Caps(share=0.1, floor=0)) == 10
    assert room_of_growth(Standing(Common(90), Own(opening=30)), Caps(growth=0.1, floor=0)) == 3


def test_a_cap_of_1_is_none() -> None:
    assert room_of_share(Standing(Common(1)), Caps(share=1)) is None
    assert room_of_growth(Standing(Common(1)), Caps(growth=1)) is None
    said = sentenced(judged(np.full(5000, 0.5)), text="[caps]\nshare = 1\ngrowth = 1")
    assert (said.decision == 0).all()


@settings(max_examples=50, deadline=None)
@given(
    sent=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.integers(0, 5)), max_size=25),
    share=st.sampled_from([0.1, 0.25, 0.5]),
    growth=st.sampled_from([0.05, 0.2, 1]),
    floor=st.integers(0, 20),
)
def test_no_source_ever_has_more_than_its_share_or_grows_faster(sent, share, growth, floor) -> None:
    text = f"[caps]\nshare = {share}\ngrowth = {growth}\nfloor = {floor}\ndays = 7"
    common, own, day = Common(100), dict.fromkeys("abc", Own()), TODAY
    opening: dict[tuple[str, int], int] = {}
    added: dict[tuple[str, int], int] = {}
    for seed, (source, rows, days) in enumerate(sent):
        day += timedelta(days=days)
        window = source, day.toordinal() // 7
        opening.setdefault(window, common.root + common.learned)
        standing = Standing(common, own[source])
        said = sentenced(judged(np.full(rows, 0.5), seed=seed), standing, text, day)
        common, own[source] = said.standing.common, said.standing.own
        added[window] = added.get(window, 0) + said.learned
        assert own[source].learned <= max(floor, Fraction(str(share)) * (common.root + common.learned))
        assert growth == 1 or added[window] <= max(floor, Fraction(str(growth)) * opening[window])
    assert common.learned == sum(one.learned for one in own.values())


def test_which_rows_stay_hangs_on_content_and_key_and_not_on_order() -> None:
    content = np.array([f"{k}" for k in range(500)], dtype="S32")
    order = np.random.default_rng(0).permutation(500)
    for room in (0, 1, 100, 499):
        stay = kept(content, room, "key")
        assert stay.sum() == room
        np.testing.assert_array_equal(kept(content[order], room, "key"), stay[order])
    assert 5 < (kept(content, 100, "key") & kept(content, 100, "other")).sum() < 40
    assert kept(content, 500, "key").all()


@settings(max_examples=50, deadline=None)
@given(draws=st.lists(st.sampled_from([0, 1, 5, 2**64 - 1]), min_size=1, max_size=12), room=st.integers(0, 11))
def test_the_smallest_are_the_first_of_a_stable_sort(draws: list[int], room: int) -> None:
    room = min(room, len(draws) - 1)
    stay = np.zeros(len(draws), dtype=bool)
    stay[sorted(range(len(draws)), key=draws.__getitem__)[:room]] = True
    np.testing.assert_array_equal(smallest(np.array(draws, dtype=np.uint64), room), stay)


def test_more_room_keeps_what_less_room_kept() -> None:
    content = np.array([f"{k}" for k in range(50)], dtype="S32")
    assert not (kept(content, 10, "key") & ~kept(content, 20, "key")).any()


def test_a_new_window_begins_anew_and_a_review_counts() -> None:
    text = "[caps]\nshare = 1\ngrowth = 0.1\nfloor = 0\ndays = 7"
    monday = date(2026, 3, 2)
    first = sentenced(judged(np.full(150, 0.5)), Standing(Common(1000)), text, monday)
    assert first.learned == 100
    full = sentenced(judged(np.full(150, 0.5), seed=1), first.standing, text, monday)
    assert full.learned == 0
    reviewed = full.standing.learning(50)
    assert (reviewed.own.learned, reviewed.own.added, reviewed.common.learned) == (150, 150, 150)
    later = sentenced(judged(np.full(150, 0.5), seed=2), reviewed, text, monday + timedelta(days=7))
    assert later.learned == 115
    back = later.standing.learning(-115)
    assert (back.own.learned, back.own.added) == (150, 115)


def test_workers_whose_clocks_differ_open_no_window_twice() -> None:
    text = "[caps]\nshare = 1\ngrowth = 0.1\nfloor = 0\ndays = 7"
    standing, learned = Standing(Common(1000)), 0
    first = next(day for day in (TODAY + timedelta(days=k) for k in range(7)) if day.toordinal() % 7 == 0)
    for seed in range(6):
        said = sentenced(judged(np.full(60, 0.5), seed=seed), standing, text, first - timedelta(days=seed % 2))
        standing, learned = said.standing, learned + said.learned
    assert learned == 100


def test_windows_of_another_length_begin_when_the_present_one_is_over() -> None:
    standing = Standing(Common(1000)).at(date(2026, 3, 2), 7)
    for days in (1, 7, 14, 400):
        after = standing.at(date(2026, 3, 2) + timedelta(days=2 * days), days)
        assert after.own.window > standing.own.window
        assert after.at(date(2026, 3, 2), days) == after
