"""One JSON object a line, and no word of what somebody sent."""

import io
import json
import logging
import warnings

import pytest

from amlsec.errors import GateUnavailable, InvalidInput
from amlsec.gate.serving.logs import event, failed, request_id, to_lines


@pytest.fixture
def lines():
    """What this process logs, as a list of objects when called."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    root.handlers = []
    to_lines(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(False)
    root.handlers, root.level = before, level


def test_an_event_is_a_line_with_what_it_tells(lines):
    event("judged", submission=7, source="a\nb\x1b[2J\u202e")
    [line] = lines()
    assert (line["event"], line["level"], line["submission"]) == ("judged", "info", 7)
    assert line["source"] == "a\nb\x1b[2J\u202e"
    assert line["time"].endswith("+00:00")


def test_lines_within_a_call_name_it(lines):
    token = request_id.set("abc")
    logging.getLogger("elsewhere").warning("hm")
    request_id.reset(token)
    event("later")
    assert [line.get("request") for line in lines()] == ["abc", None]


def test_of_errors_the_log_tells_what_amlsec_says_and_no_value(lines):
    failed("refused", InvalidInput("password", "hunter2 hunter2", "must be longer"), who="user:ada")
    failed("away", GateUnavailable("database postgresql://gate@host/gate: no route"))
    try:
        raise KeyError("win cash now, says row 17")
    except KeyError as error:
        failed("failed", error)
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
    refused, away, own, theirs = lines()
    assert (refused["said"], refused["who"]) == ("password: must be longer", "user:ada")
    assert away["said"].endswith("no route")
    assert own["error"] == theirs["error"] == "KeyError"
    assert "test_logs.py" in own["at"][-1]
    assert "cash" not in json.dumps(lines())
    assert "hunter2" not in json.dumps(lines())


def test_warnings_become_lines(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("slow", RuntimeWarning, stacklevel=1)
    assert lines()[0]["level"] == "warning"
