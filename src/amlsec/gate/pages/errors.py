"""Refusals in words that a reviewer understands."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from amlsec.gate.pages.rendering import page

_TITLES = {
    400: "That could not be read",
    403: "This is not yours to see or do",
    404: "There is no such thing here",
    405: "This cannot be done here",
    409: "The ledger says otherwise",
    413: "That is too much at once",
    422: "Something in the form is not right",
    429: "Too many calls",
    500: "Something went wrong in the gate",
    503: "The gate cannot reach its database or its objects",
}
_ADVICE = {
    403: "Your role does not allow it, or the page was opened too long ago. Go back and load the page again; if it is "
    "refused still, ask who runs the gate.",
    404: "It may have been mistyped. Nothing is ever deleted from the ledger: the search finds what was submitted.",
    409: "Nothing was changed. Somebody may have decided meanwhile: go back, load the page again and look at what holds.",
    422: "Nothing was changed. Go back and mend it.",
    429: "Wait a minute, then try again.",
    503: "Nothing was changed, and nothing is lost. Try again in a minute.",
}


def error_page(request: Request, status: int, told: str = "") -> Response:
    """A page that says what was refused and why; who is not signed in goes to sign in, and then back to what was asked."""
    if status == 401:
        return RedirectResponse(f"/sign-in?{urlencode({'next': _asked(request)})}", 303)
    title = _TITLES.get(status, "This cannot be done")
    return page(request, "error.html", status=status, code=status, title=title, told=told, advice=_ADVICE.get(status, ""))


def _asked(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}" if request.method == "GET" else "/"
