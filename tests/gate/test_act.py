"""Who does what, when and why: texts that every database holds, times in UTC."""

from datetime import datetime, timedelta, timezone

import pytest

from amlsec.errors import InvalidInput
from amlsec.gate.act import Act, as_text


@pytest.mark.parametrize(
    ("who", "why", "error"),
    [
        ("", "a reason", "who is ''"),
        ("x" * 201, "a reason", "who is "),
        ("a\x00b", "a reason", "who is .* must hold no NUL"),
        ("local:ada", "a\x00b", "why is .* must hold no NUL"),
        ("local:ada", "half of a pair: \ud83d", "why is .* half of a surrogate pair"),
        ("local:ada", "x" * 2001, "why is '2001 characters'"),
    ],
)
def test_what_a_database_may_not_hold_is_refused(who, why, error):
    with pytest.raises(InvalidInput, match=error):
        Act(who, why)


def test_other_texts_are_not():
    assert Act("x" * 200, "\U0001f600" * 2000).why == "\U0001f600" * 2000


def test_a_time_without_a_zone_is_in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert Act("local:ada", when=datetime(2026, 3, 1)).time == "2026-03-01T00:00:00.000000+00:00"


@pytest.mark.parametrize(("when", "hours"), [(datetime.min, 5), (datetime.max, -5)])
def test_a_time_beyond_those_that_can_be_written_is_named(when, hours):
    with pytest.raises(InvalidInput, match="time is .* years 1 to 9999"):
        as_text(when.replace(tzinfo=timezone(timedelta(hours=hours))))
