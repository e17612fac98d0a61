"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from amlsec.gate.http.signing_in import sign_in, sign_out
from amlsec.gate.pages.rendering import page

router = APIRouter()
_PROBLEMS = {
    401: "Name and password do not fit together.",
    429: "Too many attempts. Wait a minute, then try again.",
}


@router.get("/")
def front() -> Response:
    """The queue is the front page."""
    return RedirectResponse("/queue", 303)


@router.get("/sign-in")
def sign_in_form(request: Request, next: str = "/") -> Response:
    """The form."""
    return page(request, "sign_in.html", next=next, name="", problem="")


@router.post("/sign-in")
def signing_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in, then go to what was asked for."""
    response = RedirectResponse(_own(next), 303)
    try:
        sign_in(request, response, name, password)
    except HTTPException as error:
        return page(
            request, "sign_in.html", status=error.status_code, next=next, name=name, problem=_PROBLEMS[error.status_code]
        )
    return response


@router.post("/sign-out")
def signing_out(request: Request) -> Response:
    """End the session."""
    response = RedirectResponse("/sign-in?said=signed-out", 303)
    sign_out(request, response)
    return response


def _own(path: str) -> str:
    """A path of this server only: a link to the sign-in page must not lead elsewhere.

    >>> _own("/queue?source=web"), _own("//evil.example"), _own("https://evil.example"), _own("/\\\\evil.example")
    ('/queue?source=web', '/', '/', '/')
    """
    safe = path.startswith("/") and not path.startswith("//") and not any(sign in path for sign in "\\\r\n\t")
    return path if safe else "/"
