"""Who does what, when and why: texts that every database holds, times in UTC."""

import os
import pwd
from datetime import datetime, timedelta, timezone

import pytest

from amlsec.errors import InvalidInput
from amlsec.gate.act import Act, as_text, here


@pytest.mark.parametrize(
    ("who", "why", "error"),
    [
        ("", "a reason", "who is ''"),
        ("x" * 201, "a reason", "who is "),
        ("a\x00b", "a reason", "who is .* must hold no NUL"),
        ("local:ada", "a\x00b", "why is .* must hold no NUL"),
        *[("local:ada", f"half of a pair: {half}", "why is .* half of a surrogate pair") for half in "\ud800\ud83d\udfff"],
        ("local:ada", "x" * 2001, "why is '2001 characters'"),
    ],
)
def test_what_a_database_may_not_hold_is_refused(who, why, error):
    with pytest.raises(InvalidInput, match=error):
        Act(who, why)


def test_other_texts_are_not():
    assert Act("x" * 200, "\U0001f600" * 2000).why == "\U0001f600" * 2000


def test_who_is_here_is_the_account_whatever_the_environment_says(monkeypatch):
    before = here().who
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert here().who == before


def test_an_account_without_a_name_has_its_number(monkeypatch):
    number = next(number for number in range(2**31 - 2, 0, -1) if number not in {one.pw_uid for one in pwd.getpwall()})
    monkeypatch.setattr(os, "getuid", lambda: number)
    assert here("why").who == f"local:{number}"


def test_a_time_without_a_zone_is_in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert Act("local:ada", when=datetime(2026, 3, 1)).time == "2026-03-01T00:00:00.000000+00:00"


@pytest.mark.parametrize(("when", "hours"), [(datetime.min, 5), (datetime.max, -5)])
def test_a_time_beyond_those_that_can_be_written_is_named(when, hours):
    with pytest.raises(InvalidInput, match="time is .* years 1 to 9999"):
        as_text(when.replace(tzinfo=timezone(timedelta(hours=hours))))
