"""Who may call what: the one table that the guard reads. What is not in it does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from amlsec.gate.people.person import Role

ANYONE: frozenset[Role | None] = frozenset({None, *Role})
ALL_ROLES: frozenset[Role | None] = frozenset(Role)
SUBMITTERS: frozenset[Role | None] = frozenset({Role.SUBMITTER, Role.ADMIN})
REVIEWERS: frozenset[Role | None] = frozenset({Role.REVIEWER, Role.ADMIN})
ADMINS: frozenset[Role | None] = frozenset({Role.ADMIN})
"""Sets of roles; None is who has none."""

API = "/api/v1"
ALLOWED: Mapping[str, frozenset[Role | None]] = {
    "GET /health": ANYONE,
    "GET /ready": ANYONE,
    "GET /metrics": REVIEWERS,
    # the pages
    "GET /static/{name}": ANYONE,
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "POST /sign-out": REVIEWERS,
    "GET /": REVIEWERS,
    "GET /queue": REVIEWERS,
    "GET /search": REVIEWERS,
    "GET /submissions/{number}": REVIEWERS,
    "POST /submissions/{number}/review": REVIEWERS,
    "POST /entries/{entry}/undo": REVIEWERS,
    "GET /sources": REVIEWERS,
    "GET /source": REVIEWERS,
    "GET /source/risk.svg": REVIEWERS,
    "POST /source/clear": REVIEWERS,
    "POST /source/register": ADMINS,
    "POST /source/rollback": ADMINS,
    "GET /rollbacks/{entry}": REVIEWERS,
    "GET /snapshots": REVIEWERS,
    "POST /snapshots": REVIEWERS,
    "POST /snapshots/{number}/models": REVIEWERS,
    "GET /ledger": REVIEWERS,
    "POST /ledger/verify": ADMINS,
    "GET /people": ADMINS,
    "POST /people/users": ADMINS,
    "POST /people/users/change": ADMINS,
    "POST /people/tokens": ADMINS,
    "POST /people/tokens/revoke": ADMINS,
}
"""Method and path of every route, and the roles that may call it."""
