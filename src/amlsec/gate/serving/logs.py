"""Structured logs: one JSON object a line, without secrets and without the text of rows."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO, Any

from amlsec.errors import AmlsecError, InvalidInput

LONGEST = 500
"""Characters of what is said of an error."""
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the call that is being answered; every line logged meanwhile names it."""
_LOGGER = logging.getLogger("amlsec.gate")


class Lines(logging.Formatter):
    """A record as one JSON object: time, level, event, and what else it tells.

    Of an error its type and where it was raised: the message of one that nobody expected may hold a row, or a password.

    >>> record = logging.LogRecord("amlsec.gate", logging.INFO, "-", 0, "judged", None, None)
    >>> record.told = {"submission": 7}
    >>> json.loads(Lines().format(record))["submission"]
    7
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": when, "level": record.levelname.lower(), "event": record.getMessage()}
        if request := request_id.get():
            line["request"] = request
        line |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[1]:
            line |= _of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=str)


def to_lines(stream: IO[str] | None = None) -> None:
    """All logs of this process as lines on a stream, standard error by default; warnings too."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for quiet in ("alembic", "botocore", "s3fs", "uvicorn"):
        logging.getLogger(quiet).setLevel(logging.WARNING)


def event(name: str, **told: Any) -> None:
    """Log that something happened."""
    _LOGGER.info(name, extra={"told": told})


def failed(name: str, error: BaseException, **told: Any) -> None:
    """Log an error: what amlsec itself says of it, but no value that somebody sent."""
    if isinstance(error, AmlsecError):
        said = f"{error.argument}: {error.rule}" if isinstance(error, InvalidInput) else str(error)
        _LOGGER.warning(name, extra={"told": {**told, "error": type(error).__name__, "said": said[:LONGEST]}})
    else:
        _LOGGER.error(name, extra={"told": {**told, **_of(error)}})


def _of(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {"error": type(error).__name__, "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}
