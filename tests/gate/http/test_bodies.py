"""Bodies no longer than allowed, and not drop by drop."""

import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from amlsec.gate.http import bodies
from amlsec.gate.http.bodies import again, measured


def request(parts, length=None, pause=0.0):
    """A call whose body comes in parts, with a pause before each of them; before None the client goes away."""
    left = [{"type": "http.request", "body": part, "more_body": k + 1 < len(parts)} for k, part in enumerate(parts)]
    left = [told for told in left if told["body"] is not None]

    async def receive():
        await asyncio.sleep(pause)
        return left.pop(0) if left else {"type": "http.disconnect"}

    headers = [] if length is None else [(b"content-length", length.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


def body(call, most):
    async def read():
        return await Request(call.scope, measured(call, most)).body()

    return asyncio.run(read())


def status(call, most):
    with pytest.raises(HTTPException) as error:
        body(call, most)
    return error.value.status_code


def test_what_is_not_too_long_comes_through():
    assert body(request([b"12345", b"", b"67890"]), 10) == b"1234567890"


def test_too_long_a_body_is_refused_by_what_it_says_and_by_what_it_is():
    assert status(request([b"x" * 11], length="11"), 10) == 413
    assert status(request([b"x" * 11]), 10) == 413
    assert status(request([b"x" * 5, b"x" * 6], length="3"), 10) == 413


@pytest.mark.parametrize("length", ["", "-1", "ten", "1e9", "٣", "9" * 19])
def test_a_length_that_is_no_number_or_too_large_does_no_harm(length):
    call = request([b"x"])
    call.scope["headers"] = [(b"content-length", length.encode())]
    if length == "9" * 19:
        assert status(call, 10) == 413
    else:
        assert body(call, 10) == b"x"


def test_a_body_that_does_not_come_is_given_up(monkeypatch):
    monkeypatch.setattr(bodies, "PAUSE", 0.02)
    assert status(request([b"x"], pause=60), 10) == 408


def test_a_body_that_drips_is_given_up(monkeypatch):
    monkeypatch.setattr(bodies, "PAUSE", 0.2)
    monkeypatch.setattr(bodies, "monotonic", iter(range(100)).__next__)
    assert status(request([b"x"] * 50), 100) == 408


def test_the_end_of_a_body_is_not_waited_past(monkeypatch):
    """What is received after it, as while an answer is sent for long, is the client's going away."""

    async def read():
        receive = measured(request([b"x"], pause=0.01), 10)
        body = await Request({"type": "http", "headers": []}, receive).body()
        monkeypatch.setattr(bodies, "PAUSE", 0.0)  # no part could come in time
        return body, await asyncio.wait_for(receive(), 30)

    assert asyncio.run(read()) == (b"x", {"type": "http.disconnect"})


def test_who_goes_away_before_the_end_is_no_accident_of_ours():
    assert status(request([b"x", None]), 10) == 400


def test_a_body_can_be_read_again():
    async def read():
        receive = again(b"once more", request([]).receive)
        return await Request({"type": "http", "headers": []}, receive).body(), await receive()

    assert asyncio.run(read()) == (b"once more", {"type": "http.disconnect"})
