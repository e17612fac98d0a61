"""Every role tried against every endpoint: nobody gets in where he does not belong."""

import re
from itertools import combinations

import pytest
from fastapi import routing
from starlette.routing import compile_path

from amlsec.gate.http.endpoints import ALLOWED

NOBODY = {"nobody", "expired token", "revoked token", "unknown token", "basic"}
NOBODY |= {"admin whose time is over", "disabled admin", "admin signed out"}
SUBMITTERS = {"submitter of desk", "submitter of web"}
REVIEWERS = {"reviewing program", "reviewer"}
ADMINS = {"administrating program", "admin"}

OPEN = {"GET /health", "GET /ready", "GET /static/{name}", "GET /api/v1/openapi.json"}
OPEN |= {"GET /sign-in", "POST /sign-in", "POST /api/v1/session"}
FOR_ALL_ROLES = {"GET /api/v1/me", "DELETE /api/v1/session", "GET /api/v1/submissions/{number}"}
FOR_SUBMITTERS = {"POST /api/v1/submissions"}
FOR_ADMINS = re.compile(
    r"(PUT|POST) (/api/v1)?/(root|protected|policy|rollbacks|ledger/verify|source/(register|rollback))"
    r"|\w+ (/api/v1)?/(users|tokens|people|refusals)\b.*"
)
"""Everything else is for reviewers and admins."""


def belong(endpoint):
    """Who may call: told here once more, so that a slip in the table is seen."""
    if endpoint in OPEN:
        return NOBODY | SUBMITTERS | REVIEWERS | ADMINS
    if endpoint in FOR_ALL_ROLES:
        return SUBMITTERS | REVIEWERS | ADMINS
    if endpoint in FOR_SUBMITTERS:
        return SUBMITTERS | ADMINS
    return ADMINS if FOR_ADMINS.fullmatch(endpoint) else REVIEWERS | ADMINS


def routes(app):
    contexts = getattr(routing, "iter_route_contexts", iter)  # older ones list the routes of their routers themselves
    return {f"{method} {route.path}" for route in contexts(app.routes) for method in route.methods or ["ANY"]}


def refused(answer):
    """Not let in: told so, or sent to sign in."""
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    return answer.status_code in (401, 403) or to_sign_in


def test_every_route_is_in_the_table_and_every_line_of_it_is_a_route(place):
    assert routes(place.app) == set(ALLOWED)


def test_no_call_is_of_two_lines_of_the_table():
    lines = [named.split(" ") for named in ALLOWED]
    for (method, path), (other_method, other) in combinations(lines, 2):
        example = re.sub(r"{\w+}", "7", path), re.sub(r"{\w+}", "7", other)
        both = compile_path(path)[0].match(example[1]) or compile_path(other)[0].match(example[0])
        assert not (both and method == other_method and path != other), (path, other)


def test_everybody_is_tried(place):
    assert set(place.callers) == NOBODY | SUBMITTERS | REVIEWERS | ADMINS


@pytest.mark.parametrize("endpoint", ALLOWED)
def test_who_belongs_gets_in_and_nobody_else(place, endpoint):
    method, path = re.sub(r"{\w+}", "999999", endpoint).split(" ")
    for who in sorted(set(place.callers) - belong(endpoint)):
        before = place.head()
        answer = place.call(method, path, who)
        assert refused(answer), (who, answer.status_code, answer.text)
        assert place.head() == before, f"{who} changed something"
        assert "rows" not in answer.text
    for who in sorted(belong(endpoint)):
        if endpoint.endswith(("/session", "/sign-out")):  # who signs out is not the same afterwards
            continue
        answer = place.call(method, path, who)
        assert endpoint in OPEN or not refused(answer) or answer.json()["error"] == "that is not your password", (
            who,
            answer,
        )
        assert answer.status_code < 500, (who, answer.text)


@pytest.mark.parametrize("endpoint", [named for named in ALLOWED if not named.startswith("GET") and named not in OPEN])
def test_a_session_alone_changes_nothing(place, endpoint):
    """A browser sends the cookie by itself, whoever asks it to: the session's token must be there too."""
    method, path = re.sub(r"{\w+}", "999999", endpoint).split(" ")
    before = place.head()
    for token in ("", "x" * 64, place.callers["reviewer"]["X-CSRF-Token"]):
        answer = place.call(method, path, "admin", {"X-CSRF-Token": token})
        assert answer.status_code == 403, answer.text
    answer = place.call(method, path, "admin", {"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert place.head() == before


def test_what_is_not_in_the_table_is_not_there_even_if_it_is_a_route(place):
    @place.app.get("/forgotten")
    def forgotten() -> str:
        return "a secret"

    assert place.call("GET", "/forgotten").status_code == 404
    assert place.call("GET", "/forgotten", "admin").status_code == 404
    place.app.router.routes.pop()


@pytest.mark.parametrize(
    "path", ["//api/v1/users", "/api/v1/users/", "/api/v1/../v1/users", "/API/v1/users", "/api/v1/users%2f"]
)
def test_no_other_spelling_of_an_address_is_let_in(place, path):
    for who in ("nobody", "reviewer", "submitter of desk"):
        assert place.call("GET", path, who).status_code in (401, 403, 404)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE", "DELETE"])
def test_no_other_method_is_let_in(place, method):
    for who in ("nobody", "admin"):
        assert place.call(method, "/api/v1/queue", who).status_code == 405
