"""One client may only call so often, and clients cannot fill the memory."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlsec.gate.http.rates import Rates, address


@given(a_minute=st.integers(1, 50), calls=st.lists(st.floats(0, 30), max_size=200))
def test_in_any_time_no_more_get_through_than_the_bucket_and_what_flowed_in(a_minute, calls):
    rates, through, now = Rates(a_minute), [], 0.0
    for pause in calls:
        now += pause
        if rates.wait("ada", now) == 0:
            through.append(now)
    for k, since in enumerate(through):
        for count, until in enumerate(through[k:], start=1):
            assert count <= a_minute + (until - since) * a_minute / 60 + 1e-6


@given(a_minute=st.integers(1, 50), calls=st.lists(st.floats(0, 30), max_size=100))
def test_who_waits_as_long_as_told_gets_through(a_minute, calls):
    rates, now = Rates(a_minute), 0.0
    for pause in calls:
        now += pause
        wait = rates.wait("ada", now)
        if wait:
            now += wait + 1e-6
            assert rates.wait("ada", now) == 0


def test_clients_do_not_share():
    rates = Rates(1)
    assert [rates.wait(name, 0.0) for name in ("ada", "bob")] == [0, 0]
    assert rates.wait("ada", 0.0) > 0


def test_only_so_many_clients_are_remembered_the_latest_of_them():
    rates = Rates(1, most=100)
    for k in range(1000):
        rates.wait(f"client {k}", now=k / 1e6)
    assert len(rates) == 100
    assert rates.wait("client 999", now=0.01) > 0


@pytest.mark.parametrize(
    ("host", "seen"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("socket" * 100, ("socket" * 100)[:100]),
        (None, "nowhere"),
    ],
)
def test_a_network_of_ipv6_is_one_client(host, seen):
    assert address(SimpleNamespace(client=host and SimpleNamespace(host=host))) == seen
