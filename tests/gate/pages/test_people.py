"""Accounts and tokens, by an admin's page."""

import pytest

from amlsec.gate.act import now
from amlsec.gate.people.person import Role
from amlsec.gate.people.tokens import bearer, tokens
from amlsec.gate.people.users import users
from gate.pages.mails import PASSWORD
from gate.pages.reader import Reader


def test_a_token_is_shown_once(gate, ines):
    page = ines.send("/people/tokens", name="nightly", role="submitter", source="web", days="30")
    secret = page.one("code", class_="secret")["text"]
    person = bearer(gate.home, secret, now())
    assert (person.role, person.source) == (Role.SUBMITTER, "web")
    again = ines.get("/people")
    assert "nightly" in again.words
    assert secret not in again.source
    ines.send("/people/tokens/revoke", name="nightly")
    assert bearer(gate.home, secret, now()) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a b", "role": "reviewer"},
        {"name": "x", "role": "king"},
        {"name": "x", "role": "submitter"},
        {"name": "x", "role": "reviewer", "source": "web"},
        {"name": "x", "role": "reviewer", "days": "-1"},
        {"name": "x", "role": "reviewer", "days": "9" * 30},
    ],
)
def test_a_token_that_cannot_be_is_not_made(gate, ines, fields):
    page = ines.send("/people/tokens", **fields)
    assert ines.status == 422
    assert page.alert.endswith("Nothing was written.")
    assert tokens(gate.home) == []


def test_a_person_is_added_changed_and_let_in_no_more(gate, ines):
    page = ines.send("/people/users", name="kai", password=PASSWORD, role="reviewer")
    assert page.status.startswith("The person can sign in now.")
    kai = Reader(gate, "kai")
    assert kai.get("/queue").texts("h1")
    ines.send("/people/users/change", name="kai", change="admin")
    assert next(one for one in users(gate.home) if one.name == "kai").role == Role.ADMIN
    ines.send("/people/users/change", name="kai", change="disable")
    kai.get("/queue")
    assert kai.at.startswith("/sign-in")


def test_nobody_locks_himself_out(gate, ines):
    page = ines.get("/people")
    assert "your own" in page.texts("td")
    ines.send("/people/users/change", name="ines", change="disable")
    assert ines.status == 409
    assert not any(one.disabled for one in users(gate.home))


def test_a_short_password_is_refused_and_not_repeated(ines):
    page = ines.send("/people/users", name="kai", password="hunter2", role="reviewer")
    assert ines.status == 422
    assert "12" in page.alert
    assert "hunter2" not in page.source
