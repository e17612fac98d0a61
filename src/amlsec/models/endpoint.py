"""A service behind HTTP as a model."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Rows
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.models.answers import USUAL, at, number, verdict
from amlsec.models.ledger import Ledger
from amlsec.models.post import HERE, Reply, post
from amlsec.models.rows import named
from amlsec.space.column import Column
from amlsec.threat import Access

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds before the first repetition, doubled for each more; and the most that a service may ask for."""
SECRET = 8
"""Bytes from which on a word is told from usual ones."""


@dataclass(frozen=True)
class Endpoint:
    """A service that is asked by POST of JSON, as a Model.

    With `batch` 0 a request holds one row: a table row as an object by column name, a text as an object with the key
    `text`, or bare where that is "". With more, it is a list of so many rows at most, as it is or under the key `rows`.
    Paths are dotted, as "result.0.spam"; "" is the whole.

    Attributes
    ----------
    url : where it is asked, http or https
    verdict : where in a row's answer its verdict stands; None goes by the score and `threshold`
    verdicts : 0 (benign) or 1 (malicious) for each verdict; by default 0, 1, false, true, benign and malicious
    score : where in a row's answer the evidence of malice stands, larger is surer; None where it gives none
    threshold : a row is malicious where its score is above it
    batch : how many rows a request may hold; 0 is one, not in a list
    rows : key of the list of rows
    answers : path of the list of answers
    text : key of a text
    auth : the environment variable that holds the whole value of the header, as "Bearer ..."; it is read when it is needed
    header : the header
    timeout : seconds for a request
    retries : how often it is asked again where it does not answer, is busy or fails; as late as its Retry-After says
    calls : how many requests it may be sent in all, repetitions included, by all processes, whenever; None for any number
    rate : how many of them a second; 0 for any number
    ledger : the file that counts them; needed for `calls` and `rate`
    columns : the columns of table rows

    Raises
    ------
    InvalidInput : a value breaks these rules, or the url holds a password, or would carry the header in the clear
    ModelFailed : when asked: it gives no answer, or one that is none of the above, or all calls are spent

    >>> Endpoint("https://mail.example/score", score="spam", threshold=0.5).access.value
    'scores'
    """

    url: str
    _: KW_ONLY
    verdict: str | None = None
    verdicts: Mapping[str, int] = field(default_factory=lambda: dict(USUAL))
    score: str | None = None
    threshold: float | None = None
    batch: int = 0
    rows: str = ""
    answers: str = ""
    text: str = "text"
    auth: str = ""
    header: str = "Authorization"
    timeout: float = 10.0
    retries: int = 3
    calls: int | None = None
    rate: float = 0.0
    ledger: Path | None = None
    columns: tuple[Column, ...] = ()
    kept: Ledger | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        _check_url(self.url, bool(self.auth))
        self._check_meaning()
        for name, least in (("batch", 0), ("retries", 0), ("timeout", 1e-3)):
            if not getattr(self, name) >= least:
                raise InvalidInput(name, getattr(self, name), f"must be at least {least}")
        if self.auth:
            _secret(self.auth)
        object.__setattr__(self, "kept", self._kept())

    def _check_meaning(self) -> None:
        by_score = self.score is not None and self.threshold is not None
        if (self.verdict is not None) == by_score or (self.threshold is not None) != by_score:
            raise InvalidInput("verdict", self.verdict, "say where the verdict stands, or the score and its threshold")
        if not self.verdicts or not set(self.verdicts.values()) <= {BENIGN, MALICIOUS}:
            raise InvalidInput("verdicts", dict(self.verdicts), "must say 0 (benign) or 1 (malicious) for each answer")

    def _kept(self) -> Ledger | None:
        if self.ledger is not None:
            return Ledger(Path(self.ledger).resolve(), _shown(self.url), self.calls, self.rate)
        if self.calls is not None or self.rate:
            raise InvalidInput("ledger", None, "must name the file that counts the calls")
        return None

    @property
    def access(self) -> Access:
        """The most that anyone sees of it."""
        return Access.LABELS if self.score is None else Access.SCORES

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        """Verdicts (n,)."""
        if self.verdict is None:
            return (self.scores(X) > 0).astype(np.int64)
        path = self.verdict
        return np.array([verdict(at(said, path), self.verdicts) for said in self._asked(X)], dtype=np.int64)

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        """Scores (n,), less the threshold where there is one; the verdict where it gives none."""
        if self.score is None:
            return self.labels(X).astype(np.float64)
        path = self.score
        return np.array([number(at(said, path)) for said in self._asked(X)], dtype=np.float64) - (self.threshold or 0.0)

    def __str__(self) -> str:
        return f"the endpoint {_shown(self.url)}"

    def _asked(self, X: Rows) -> Iterator[Any]:
        """One answer for each row, asked for when it is looked at: who finds one that is none asks no more."""
        rows = named(X, self.columns)
        if X.dtype == object and self.text:
            rows = [{self.text: row} for row in rows]
        for start in range(0, len(rows), self.batch or 1):
            yield from self._list(rows[start : start + self.batch]) if self.batch else [self._answer(rows[start])]

    def _list(self, rows: list[Any]) -> list[Any]:
        found = at(self._answer({self.rows: rows} if self.rows else rows), self.answers)
        if not isinstance(found, list) or len(found) != len(rows):
            said = f"{len(found)} answers" if isinstance(found, list) else f"a {type(found).__name__}"
            raise ModelFailed(f"{self} gave {said} for {len(rows)} rows")
        return found

    def _answer(self, body: Any) -> Any:
        """What it answers, asked again where that may help."""
        told = json.dumps(body, ensure_ascii=True).encode()
        for attempt in range(self.retries + 1):
            reply = self._once(told)
            if reply.is_good:
                return self._read(reply)
            wait = FIRST_WAIT * 2**attempt if reply.after is None else reply.after
            if not reply.may_pass or wait > LONGEST_WAIT or attempt == self.retries:
                break
            sleep(wait)
        raise ModelFailed(f"{self} {reply}" + (f", and asks to wait {reply.after:.0f} s" if reply.after else ""))

    def _once(self, body: bytes) -> Reply:
        """One request, entered before it is made, when its time has come."""
        headers = {self.header: _secret(self.auth)} if self.auth else {}
        if self.kept is not None:
            sleep(self.kept.enter())
        return post(self.url, body, headers, self.timeout)

    def _read(self, reply: Reply) -> Any:
        """The answer as JSON; a service that repeats the header's secret does not get it into a report."""
        content, secret = reply.content, _secret(self.auth).split()[-1].encode() if self.auth else b""
        if len(secret) >= SECRET:
            content = content.replace(secret, b"(secret)")
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            kind = reply.kind or "of no kind"
            raise ModelFailed(f"{self} answered with no JSON ({kind}, {len(content):,} bytes)") from error


def _check_url(url: str, with_auth: bool) -> None:
    try:
        parts = urlsplit(url)
        host, _, password = parts.hostname, parts.port, parts.username or parts.password
    except ValueError as error:
        raise InvalidInput("url", "(no url)", "cannot be read: its host or port is none") from error
    if password:
        raise InvalidInput("url", _shown(url), "must hold no user and password; name a variable with `auth`")
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidInput("url", _shown(url), "must begin with http:// or https:// and name a host")
    if with_auth and parts.scheme == "http" and host not in HERE:
        raise InvalidInput("url", _shown(url), "must be https, as the header that `auth` names would be sent in the clear")


def _shown(url: str) -> str:
    """The address without what may be secret in it: user, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _secret(variable: str) -> str:
    """What the header says; raises InvalidInput, without it, where it is missing or no header could say it.

    What looks like no variable's name is not shown: it may be the secret itself.
    """
    value = os.environ.get(variable, "").strip()
    if not value or not value.isascii() or not value.isprintable():
        shown = variable if re.fullmatch("[A-Z0-9_]+", variable) else "no name in capitals"
        raise InvalidInput("auth", shown, "must name an environment variable that holds a header's value")
    return value
