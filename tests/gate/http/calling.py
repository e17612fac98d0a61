"""A small gate with everybody who may call it, and some who may not."""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import FastAPI

from amlsec.gate.act import Act, now
from amlsec.gate.people import sessions
from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import make_token, revoke_token
from amlsec.gate.people.users import add_user, disable_user
from amlsec.gate.service import Gate
from gate.begun import ME, QUICK, begun, blobs, flipped, settled
from gate.served import application

with warnings.catch_warnings():  # Starlette asks for httpx2 in place of httpx, which works as well
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

CAPPED = QUICK.replace("growth = 1", "growth = 0.01\nfloor = 30")
"""Of 40 rows of one source, 10 wait for a person."""
PASSWORD = "correct horse battery"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SERVER = {"calls": 1_000_000, "signing_in": 1_000_000}


def furnished(folder, **settings) -> Gate:
    """A gate with two sources: of desk one submission is judged, one with wrong labels too; of web one waits."""
    gate = begun(folder, policy=CAPPED, server=SERVER, **settings)
    gate.submit(blobs(40, seed=1), "desk", act=ME, key="first")
    gate.submit(flipped(blobs(40, seed=2)), "desk", act=ME)
    settled(gate)
    gate.submit(blobs(10, seed=3), "web", act=ME)
    people(gate)
    return gate


def people(gate: Gate) -> None:
    for name, role in (("ada", Role.REVIEWER), ("bob", Role.REVIEWER), ("root", Role.ADMIN), ("eve", Role.ADMIN)):
        add_user(gate.home, name, PASSWORD, role, act=ME)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def programs(gate: Gate) -> dict[str, dict[str, str]]:
    """Headers of programs, by what they are."""
    made = {
        "submitter of desk": make_token(gate.home, "desk", Role.SUBMITTER, act=ME, source="desk"),
        "submitter of web": make_token(gate.home, "web", Role.SUBMITTER, act=ME, source="web"),
        "reviewing program": make_token(gate.home, "reviewing", Role.REVIEWER, act=ME),
        "administrating program": make_token(gate.home, "administrating", Role.ADMIN, act=ME),
        "expired token": make_token(
            gate.home, "expired", Role.ADMIN, act=Act("local:me", when=LONG_AGO), expires=datetime(2021, 1, 1, tzinfo=UTC)
        ),
        "revoked token": make_token(gate.home, "revoked", Role.ADMIN, act=ME),
        "unknown token": "amlsec_" + "x" * 43,
    }
    revoke_token(gate.home, "revoked", act=ME)
    return {name: bearer(secret) for name, secret in made.items()} | {"basic": {"Authorization": "Basic cm9vdDpyb290"}}


def session(gate: Gate, name: str, when: datetime | None = None) -> dict[str, str]:
    """Headers of a browser in which a person signed in."""
    made = sessions.begin(gate.home, name, PASSWORD, when or now())
    return {"Cookie": f"amlsec-gate={made.secret}", "X-CSRF-Token": made.person.csrf}


def callers(gate: Gate) -> dict[str, dict[str, str]]:
    """Headers by who calls."""
    persons = {"reviewer": session(gate, "ada"), "admin": session(gate, "root")}
    persons["admin whose time is over"] = session(gate, "root", LONG_AGO)
    persons["disabled admin"] = session(gate, "eve")
    disable_user(gate.home, "eve", act=ME)
    persons["admin signed out"] = session(gate, "root")
    sessions.end(gate.home, persons["admin signed out"]["Cookie"].partition("=")[2])
    return {"nobody": {}, **programs(gate), **persons}


@dataclass
class Served:
    """A gate that is served, and how to call it."""

    gate: Gate
    app: FastAPI
    client: TestClient
    callers: dict[str, dict[str, str]]

    def call(self, method: str, path: str, who: str = "administrating program", headers=(), **told):
        """The answer to a call; nothing of former calls is remembered."""
        self.client.cookies.clear()
        return self.client.request(method, path, headers={**self.callers[who], **dict(headers)}, **told)

    def head(self) -> int:
        """The position of the last entry."""
        return max(entry["seq"] for entry in self.gate.entries())


def served(gate: Gate, client: TestClient) -> Served:
    return Served(gate, client.app, client, callers(gate))


def client_of(gate: Gate, *routers) -> TestClient:
    """A client that tells errors as a server does, rather than raising them."""
    return TestClient(application(gate, *routers), raise_server_exceptions=False, follow_redirects=False)
