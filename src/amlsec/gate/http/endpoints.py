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
    f"GET {API}/openapi.json": ANYONE,
    f"GET {API}/me": ALL_ROLES,
    f"PUT {API}/me/password": REVIEWERS,
    f"POST {API}/session": ANYONE,
    f"DELETE {API}/session": ALL_ROLES,
    f"POST {API}/submissions": SUBMITTERS,
    f"GET {API}/submissions": REVIEWERS,
    f"GET {API}/submissions/{{number}}": ALL_ROLES,
    f"GET {API}/submissions/{{number}}/evidence": REVIEWERS,
    f"GET {API}/submissions/{{number}}/rows": REVIEWERS,
    f"GET {API}/submissions/{{number}}/history": REVIEWERS,
    f"GET {API}/submissions/{{number}}/export": REVIEWERS,
    f"GET {API}/quarantine/export": REVIEWERS,
    f"POST {API}/submissions/{{number}}/reviews": REVIEWERS,
    f"POST {API}/entries/{{number}}/undo": REVIEWERS,
    f"GET {API}/queue": REVIEWERS,
    f"GET {API}/search": REVIEWERS,
    f"GET {API}/sources": REVIEWERS,
    f"GET {API}/source": REVIEWERS,
    f"GET {API}/source/risk": REVIEWERS,
    f"POST {API}/source/clear": REVIEWERS,
    f"PUT {API}/source/register": ADMINS,
    f"POST {API}/rollbacks": ADMINS,
    f"GET {API}/snapshots": REVIEWERS,
    f"POST {API}/snapshots": REVIEWERS,
    f"POST {API}/snapshots/{{number}}/models": REVIEWERS,
    f"GET {API}/snapshots/{{number}}/data": REVIEWERS,
    f"GET {API}/snapshots/{{number}}/manifest": REVIEWERS,
    f"GET {API}/snapshots/{{number}}/croissant": REVIEWERS,
    f"GET {API}/policy": REVIEWERS,
    f"PUT {API}/policy": ADMINS,
    f"GET {API}/root": REVIEWERS,
    f"PUT {API}/root": ADMINS,
    f"GET {API}/protected": REVIEWERS,
    f"PUT {API}/protected": ADMINS,
    f"GET {API}/ledger": REVIEWERS,
    f"GET {API}/ledger/export": REVIEWERS,
    f"GET {API}/checkpoints": REVIEWERS,
    f"POST {API}/ledger/verify": ADMINS,
    f"GET {API}/refusals": ADMINS,
    f"GET {API}/users": ADMINS,
    f"POST {API}/users": ADMINS,
    f"PUT {API}/users/{{name}}/password": ADMINS,
    f"PUT {API}/users/{{name}}/role": ADMINS,
    f"POST {API}/users/{{name}}/disable": ADMINS,
    f"POST {API}/users/{{name}}/enable": ADMINS,
    f"GET {API}/tokens": ADMINS,
    f"POST {API}/tokens": ADMINS,
    f"DELETE {API}/tokens/{{name}}": ADMINS,
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
FILES = frozenset({f"POST {API}/submissions", f"PUT {API}/root", f"PUT {API}/protected"})
"""Those that take a file, which may be as large as the gate's limits say."""
