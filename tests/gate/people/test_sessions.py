"""Sessions begin with a password, and end."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from amlsec.gate.act import Act, now
from amlsec.gate.people import hidden, passwords, sessions
from amlsec.gate.people.person import Person, Role
from amlsec.gate.people.users import add_user, disable_user, set_password
from amlsec.gate.schema import sessions as table
from amlsec.gate.schema import users

pytestmark = pytest.mark.usefixtures("quick_passwords")
ME = Act("local:me")
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def peopled(gate, quick_passwords):
    add_user(gate.home, "ada", PASSWORD, Role.REVIEWER, act=ME)
    add_user(gate.home, "out", PASSWORD, Role.ADMIN, act=ME)
    disable_user(gate.home, "out", act=ME)
    return gate.home


def kept(home):
    with home.database.reading() as connection:
        return connection.execute(select(table)).all()


def test_who_gives_her_password_is_signed_in(peopled):
    session = sessions.begin(peopled, "ada", PASSWORD, now())
    assert session.person == Person("user", "ada", Role.REVIEWER, csrf=session.person.csrf)
    assert sessions.signed_in(peopled, session.secret, now()) == session.person
    assert len(session.person.csrf) == 64
    assert session.seconds == 8 * 3600


def test_secrets_are_not_in_the_database_nor_in_what_is_printed(peopled):
    session = sessions.begin(peopled, "ada", PASSWORD, now())
    assert hidden.hashed(session.secret) in [row.hash for row in kept(peopled)]
    assert session.secret not in str(kept(peopled))
    assert session.secret not in repr(session)
    assert session.person.csrf not in repr(session)


@pytest.mark.parametrize("name", ["ada", "nobody", "out", "", "nul\0", "\udcff"])
def test_a_wrong_password_an_unknown_name_and_a_disabled_account_are_alike(peopled, name):
    before = kept(peopled)
    for password in ("wrong horse battery", "", *[PASSWORD] * (name != "ada")):
        assert sessions.begin(peopled, name, password, now()) is None
    assert kept(peopled) == before


def test_who_signs_in_while_her_password_is_changed_is_not(peopled, monkeypatch):
    """Checking a password takes a moment; a session begun by the old one would outlive it."""
    add_user(peopled, "cyd", PASSWORD, Role.REVIEWER, act=ME)
    matches = passwords.matches

    def meanwhile(kept, password):
        set_password(peopled, "cyd", "battery staple horse", act=ME)
        return matches(kept, password)

    monkeypatch.setattr(passwords, "matches", meanwhile)
    assert sessions.begin(peopled, "cyd", PASSWORD, now()) is None
    assert "cyd" not in [row.user for row in kept(peopled)]


def test_it_ends_by_itself_and_is_forgotten(peopled):
    began = now() - timedelta(hours=9)
    session = sessions.begin(peopled, "ada", PASSWORD, began)
    assert sessions.signed_in(peopled, session.secret, began + timedelta(hours=7.9))
    assert sessions.signed_in(peopled, session.secret, began + timedelta(hours=8.1)) is None
    assert hidden.hashed(session.secret) in [row.hash for row in kept(peopled)]
    sessions.begin(peopled, "ada", PASSWORD, now())
    assert hidden.hashed(session.secret) not in [row.hash for row in kept(peopled)]


def test_it_ends_by_signing_out_and_no_other_does(peopled):
    one, other = (sessions.begin(peopled, "ada", PASSWORD, now()) for _ in range(2))
    sessions.end(peopled, one.secret)
    assert sessions.signed_in(peopled, one.secret, now()) is None
    assert sessions.signed_in(peopled, other.secret, now())


def test_a_disabled_account_has_no_session_even_if_one_is_left(peopled):
    session = sessions.begin(peopled, "ada", PASSWORD, now())
    with peopled.database.writing() as connection:
        connection.execute(update(users).where(users.c.name == "ada").values(disabled=True))
    try:
        assert sessions.signed_in(peopled, session.secret, now()) is None
    finally:
        with peopled.database.writing() as connection:
            connection.execute(update(users).where(users.c.name == "ada").values(disabled=False))


@pytest.mark.parametrize("secret", ["", "x", "\udcff", "x" * 10_000], ids=len)
def test_other_secrets_are_nobodys(peopled, secret):
    assert sessions.signed_in(peopled, secret, now()) is None
