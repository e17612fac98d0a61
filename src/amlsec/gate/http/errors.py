"""Every error as one answer: JSON of one shape to programs, a page to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from amlsec.errors import AmlsecError, Conflict, GateUnavailable, InvalidInput, NotFound, UnsafeFile
from amlsec.gate.http.headers import HEADERS
from amlsec.gate.http.values import IN_WORDS

STATUS: Mapping[type[AmlsecError], int] = {
    InvalidInput: 422,
    UnsafeFile: 415,
    NotFound: 404,
    Conflict: 409,
    GateUnavailable: 503,
}
FOR_PROGRAMS = ("/api/", "/health", "/ready", "/metrics")
"""What the paths begin with that no person looks at."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods of calls that change nothing."""
RETRY = 5
"""Seconds after which a gate that was unavailable may be asked again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong; where an argument broke a rule, which argument and which rule."""

    error: str
    argument: str | None = None
    rule: str | None = None


class TooMany(HTTPException):
    """One client calls too often; it may again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, "too many calls", {"Retry-After": str(int(seconds) + 1)})


class SignInFailed(HTTPException):
    """Name and password do not belong together, which of the two is wrong stays unsaid."""

    def __init__(self) -> None:
        super().__init__(401, "no such name and password")


def answer(request: Request, error: Exception) -> Response:
    """The answer that tells an error."""
    status, problem = told(error)
    request.state.problem = problem.error
    headers = {"Retry-After": str(RETRY)} if status == 503 else {}
    headers.update(getattr(error, "headers", None) or {})
    if request.method not in SAFE:
        headers["Connection"] = "close"  # what is left of the body is not read
    response = _shown(request, status, problem)
    response.headers.update(headers)
    return response


def told(error: Exception) -> tuple[int, Problem]:
    """The status of an error, and its words."""
    if isinstance(error, HTTPException):
        return error.status_code, Problem(str(error.detail))
    if isinstance(error, RequestValidationError):
        return _misread(error)
    status = STATUS.get(type(error))  # type: ignore[arg-type]
    if status is None:
        return 500, Problem("the gate failed; its log says why")
    return status, Problem(str(error), getattr(error, "argument", None), getattr(error, "rule", None))


async def as_answer(request: Request, error: Exception) -> Response:
    """`answer`, as FastAPI wants its handlers."""
    return answer(request, error)


async def failed(request: Request, error: Exception) -> Response:
    """The answer to an error nobody foresaw; it stands outside all middleware, so it brings its headers itself."""
    response = answer(request, error)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _misread(error: RequestValidationError) -> tuple[int, Problem]:
    first = error.errors()[0]
    place, *inner = map(str, first["loc"])
    if first["type"] == "json_invalid":
        return 400, Problem("the body is no JSON")
    argument, rule = ".".join(inner) or place, IN_WORDS.get(first.get("ctx", {}).get("pattern"), first["msg"])
    return 422, Problem(f"{argument}: {rule}", argument, rule)


def _shown(request: Request, status: int, problem: Problem) -> Response:
    if request.url.path.startswith(FOR_PROGRAMS) or request.app.state.error_page is None:
        return JSONResponse({name: value for name, value in asdict(problem).items() if value is not None}, status)
    page: Response = request.app.state.error_page(request, status, problem.error)
    return page
