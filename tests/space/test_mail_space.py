"""Laws of mail spaces, on messages of every build; what is not words stays, and what comes out is a mail."""

from base64 import encodebytes
from binascii import b2a_uu
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.text import MIMEText

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from amlsec.attacks.evasion.good_words import good_words
from amlsec.attacks.evasion.good_words_by_query import good_words_by_query
from amlsec.data import texts
from amlsec.space.mail import MailSpace
from amlsec.space.text import textual
from amlsec.threat import Access
from oracles.play import play

WORDS = st.sampled_from(["buy", "now", "pills", "löwe", "€5", "a&b", "3<4", "naïve", "-"])
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), max_size=3).map(
    lambda lines: "\n".join([*lines, ""])
)
COSTS = st.sampled_from([0, 0.5, 1, 2.9, 4, np.inf])
SPACE = MailSpace(["meeting", "agenda", "größe", "x-ray"], swaps={"buy": ["get", "købe"]}, lookalikes=True)
IMAGE = bytes(range(256))


@st.composite
def messages(draw):
    """Plain, HTML or both, in several character sets and encodings, with or without an attachment."""
    mail = EmailMessage()
    mail["From"], mail["X-Long"] = "Ann <a@example.org>", "word " * 40
    mail["Subject"] = draw(st.lists(WORDS, max_size=4).map(" ".join))
    charset = draw(st.sampled_from(["utf-8", "iso-8859-15"]))
    cte = draw(st.sampled_from(["base64", "quoted-printable", "8bit"]))
    body, html = draw(LINES), draw(LINES).replace("&", "&amp;").replace("<", "&lt;")
    page = f'<html><body class="x y"><p>{html}</p><style>p {{}}</style></body></html>\n'
    build = draw(st.sampled_from(["plain", "html", "both"]))
    if build == "html":
        mail.set_content(page, subtype="html", charset=charset, cte=cte)
    else:
        mail.set_content(body, charset=charset, cte=cte)
    if build == "both":
        mail.add_alternative(page, subtype="html", charset=charset, cte=cte)
    if draw(st.booleans()):
        mail.add_attachment(IMAGE, maintype="image", subtype="png", filename="löwe.png")
        mail.add_attachment("buy words\n", filename="note.txt")
    for depth, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"between{depth}")
    return _row(mail, draw(st.sampled_from(["\n", "\r\n"])))


def _row(mail, ends="\n"):
    return mail.as_bytes(policy=policy.SMTP.clone(linesep=ends, cte_type="8bit")).decode("utf-8", "surrogateescape")


def _read(row):
    return message_from_bytes(row.encode("utf-8", "surrogateescape"), policy=policy.default)


def _rest(row):
    """What an attacker has no business with, by another road than the space's: names, headers, files."""
    mail = _read(row)
    files = [(part.get_filename(), part.get_content()) for part in mail.walk() if part.get_filename()]
    headers = [(name, str(value)) for name, value in mail.items() if not name.lower().startswith(("subject", "content-"))]
    kinds = [part.get_content_type() for part in mail.walk()]
    return files, [header for header in headers if header[0] != "MIME-Version"], kinds


def _is_valid(row):
    mail = _read(row)
    header_defects = [defect for part in mail.walk() for value in part.values() for defect in value.defects]
    return not header_defects and not any(part.defects for part in mail.walk())


@settings(max_examples=50)
@given(messages(), st.lists(st.sampled_from(SPACE.words), max_size=30))
def test_words_added_cost_as_many_and_leave_a_valid_mail_with_the_rest_as_it_was(old, words):
    new = SPACE.adding(old, words)
    assert SPACE.cost(texts([old]), texts([new]))[0] == len(words)
    assert sorted(SPACE.said(new).split()) == sorted([*SPACE.said(old).split(), *words])
    assert _rest(new) == _rest(old)
    assert _is_valid(new)


@settings(max_examples=50)
@given(messages(), st.integers(0, 9))
def test_words_swapped_cost_as_many_as_there_are_and_leave_a_valid_mail(old, seed):
    rng, words = np.random.default_rng(seed), SPACE.said(old).split()
    swaps = {word: str(rng.choice(SPACE.alternatives(word))) for word in set(words) if SPACE.alternatives(word)}
    new = SPACE.rewriting(old, lambda word: swaps.get(word, word))
    assert SPACE.cost(texts([old]), texts([new]))[0] == sum(words.count(word) for word in swaps)
    assert sorted(SPACE.said(new).split()) == sorted(swaps.get(word, word) for word in words)
    assert _rest(new) == _rest(old)
    assert _is_valid(new)


@settings(max_examples=50)
@given(messages(), COSTS, st.integers(0, 99))
def test_projection_is_idempotent_leaves_inside_points_alone_and_never_leaves_the_space(old, cost, seed):
    X, rng = texts([old]), np.random.default_rng(seed)
    far = SPACE.sample(X, 6, rng)
    projected = SPACE.project(X, far, cost)
    assert SPACE.cost(X, projected)[0] <= min(cost, 100)
    assert SPACE.project(X, projected, cost)[0] == projected[0]
    if SPACE.cost(X, far)[0] <= cost:
        assert projected[0] == far[0]
    assert _is_valid(projected[0])


@settings(max_examples=50)
@given(messages(), messages(), COSTS)
def test_another_mail_is_pulled_back_to_this_one_s_frame(old, other, cost):
    X = texts([old])
    projected = SPACE.project(X, texts([other]), cost)
    assert SPACE.cost(X, projected)[0] <= min(cost, 100)
    assert _rest(projected[0]) == _rest(old)


@settings(max_examples=50)
@given(messages(), COSTS, st.integers(0, 99))
def test_samples_cost_no_more_than_asked(old, cost, seed):
    X = texts([old] * 2)
    assert (SPACE.cost(X, SPACE.sample(X, cost, np.random.default_rng(seed))) <= cost).all()


PLAIN = _row(MIMEText("buy pills\n"))


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN.replace("MIME-Version", "X-Spam: no\nMIME-Version"),
        PLAIN.replace("buy pills", "buy"),
        PLAIN.replace("text/plain", "text/html"),
        PLAIN.replace("text/plain", "multipart/mixed"),
        PLAIN.replace("buy pills", "sell pills"),
        "",
    ],
)
def test_other_changes_are_impossible(changed):
    assert changed != PLAIN
    assert SPACE.cost(texts([PLAIN]), texts([changed]))[0] == np.inf


@pytest.mark.parametrize(
    ("inside", "cost"), [("<b>buy</b>", np.inf), ("get", 1), ("buy agenda", 1), ("buy<!-- agenda -->", np.inf)]
)
def test_tags_are_not_words(inside, cost):
    page = _row(MIMEText("<p>buy</p>", "html"))
    assert SPACE.cost(texts([page]), texts([page.replace("buy", inside)]))[0] == cost


@pytest.mark.parametrize(
    "row", ["", "buy now", "Subject: x\n", "Content-Type: multipart/mixed\n\nno boundary", "\udcff\udcfe: \n\n\udcff"]
)
def test_what_is_hardly_a_mail_is_changed_within_the_cost_or_left(row):
    X = texts([row])
    for changed in (SPACE.adding(row, ["agenda"]), SPACE.rewriting(row, lambda word: word)):
        assert SPACE.cost(X, texts([changed]))[0] <= 1
    assert SPACE.project(X, texts(["Subject: y\n\nagenda"]), 1).shape == (1,)


def _body(encoding, data, charset="utf-8"):
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head + data.decode("ascii", "surrogateescape")


@pytest.mark.parametrize(
    ("row", "added"),
    [
        (_body("base64", encodebytes(b"buy pills\n")), 1),
        (_body("base64 ", encodebytes(b"buy pills\n")), 0),  # some readers forgive the blank and decode it
        (_body("base64 (as ever)", encodebytes(b"buy pills\n")), 0),
        (_body("x-uuencode", b"begin 666 a\n" + b2a_uu(b"buy pills\n") + b" \nend\n"), 0),
        (_body("7bit", b"", charset="bogus"), 1),
        (_body("8bit", "buy --pills\n".encode("utf-16"), charset="utf-16"), 1),
    ],
)
def test_words_are_added_as_the_body_is_encoded_or_not_at_all(row, added):
    changed = SPACE.adding(row, ["größe"])
    assert SPACE.said(changed).split() == [*SPACE.said(row).split(), *["größe"] * added]
    assert (changed == row) == (not added)
    swapped = SPACE.rewriting(row, lambda word: word.replace("--", "-\u200d-"))
    assert SPACE.cost(texts([row]), texts([swapped]))[0] <= 1


def test_who_changes_no_word_changes_nothing():
    row = "Subject: x\rContent-Type: text/plain; charset=us-ascii\r\r\udc90 buy\r"
    assert SPACE.rewriting(row, lambda word: word) == row
    assert SPACE.project(texts([row]), texts(["Subject: x\n\nbuy"]), 0)[0] == row


def test_a_mail_without_a_body_takes_no_words():
    mail = EmailMessage()
    mail.set_content(IMAGE, maintype="image", subtype="png")
    row = _row(mail)
    assert SPACE.adding(row, ["agenda"]) == row


class _Filter:
    """Stops a mail whose body does not speak of an agenda; whatever stands after a closing boundary is no body."""

    def labels(self, X):
        return np.array([int("agenda" not in _read(row).get_body(("plain", "html")).get_content()) for row in X])

    def scores(self, X):
        return self.labels(X).astype(float)


def test_attacks_that_add_words_put_them_where_a_reader_looks():
    mail = EmailMessage()
    mail["Subject"] = "pills"
    mail.set_content("buy pills\n")
    mail.add_alternative("<p>buy pills</p>\n", subtype="html")
    mail.add_attachment(IMAGE, maintype="image", subtype="png", filename="a.png")
    X = texts([_row(mail)])
    assert textual(SPACE) is SPACE
    for attack, access in ((good_words, Access.NONE), (good_words_by_query, Access.LABELS)):
        changed, won, cost, _ = play(attack, _Filter(), X, SPACE, access=access, cost=4, queries=50)
        assert won.all()
        assert (cost > 0).all()
        assert (cost <= (4 if attack is good_words else 1)).all()
        assert _is_valid(changed[0])
