"""Tokens of programs: shown once, bound to their source, ended by time or by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from amlsec.errors import Conflict, InvalidInput, NotFound
from amlsec.gate.act import Act, now
from amlsec.gate.people import hidden
from amlsec.gate.people.person import Person, Role
from amlsec.gate.people.tokens import Token, bearer, make_token, revoke_token, tokens
from amlsec.gate.schema import tokens as table

ME = Act("local:me", why="the feed is new")


def test_a_token_speaks_for_its_source(gate):
    secret = make_token(gate.home, "feed", Role.SUBMITTER, act=ME, source="feed of Ümit")
    assert bearer(gate.home, secret, now()) == Person("token", "feed", Role.SUBMITTER, "feed of Ümit")
    assert bearer(gate.home, secret, now()).who == "token:feed"
    assert Token("feed", Role.SUBMITTER, "feed of Ümit", None, False) in tokens(gate.home)


def test_a_secret_has_256_bits_and_is_kept_as_a_hash(gate):
    secret = make_token(gate.home, "secret", Role.REVIEWER, act=ME)
    assert secret.startswith("amlsec_")
    assert len(secret) == len("amlsec_") + 43
    with gate.home.database.reading() as connection:
        rows = connection.execute(select(table)).all()
    assert hidden.hashed(secret) in [row.hash for row in rows]
    assert secret not in str(rows)
    assert secret not in str(list(gate.entries()))
    assert secret != make_token(gate.home, "another", Role.REVIEWER, act=ME)


def test_making_and_revoking_are_entries(gate):
    secret = make_token(gate.home, "short", Role.ADMIN, act=ME)
    revoke_token(gate.home, "short", act=ME)
    made, revoked = list(gate.entries())[-2:]
    assert (made["body"]["what"], revoked["body"]["what"]) == ("token made", "token revoked")
    assert made["body"]["role"] == "admin"
    assert made["why"] == "the feed is new"
    assert bearer(gate.home, secret, now()) is None


def test_it_ends_at_its_time(gate):
    until = now() + timedelta(days=1)
    secret = make_token(gate.home, "brief", Role.REVIEWER, act=ME, expires=until)
    assert bearer(gate.home, secret, until - timedelta(seconds=1))
    assert bearer(gate.home, secret, until) is None


@pytest.mark.parametrize("expires", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1)])
def test_it_cannot_end_before_it_begins_or_at_an_unknown_hour(gate, expires):
    with pytest.raises(InvalidInput, match="a time to come, with its zone"):
        make_token(gate.home, "never", Role.ADMIN, act=ME, expires=expires)


@pytest.mark.parametrize(("role", "source"), [(Role.SUBMITTER, None), (Role.REVIEWER, "feed"), (Role.ADMIN, "feed")])
def test_a_submitter_has_a_source_and_nobody_else(gate, role, source):
    with pytest.raises(InvalidInput, match="must be named for a submitter, and for nobody else"):
        make_token(gate.home, "odd", role, act=ME, source=source)


def test_its_source_is_one_that_rows_can_come_from(gate):
    with pytest.raises(InvalidInput, match="source"):
        make_token(gate.home, "odd", Role.SUBMITTER, act=ME, source="two\nlines")


def test_a_name_is_used_once_for_ever(gate):
    make_token(gate.home, "once", Role.REVIEWER, act=ME)
    revoke_token(gate.home, "once", act=ME)
    with pytest.raises(Conflict, match="once"):
        make_token(gate.home, "once", Role.ADMIN, act=ME)


def test_what_is_not_there_cannot_be_revoked(gate):
    with pytest.raises(NotFound, match="nothing"):
        revoke_token(gate.home, "nothing", act=ME)


@pytest.mark.parametrize("secret", ["", "amlsec_", "amlsec_" + "x" * 43, "x" * 1_000_000, "amlsec_\udcff"], ids=len)
def test_other_secrets_are_nobodys(gate, secret):
    assert bearer(gate.home, secret, now()) is None
