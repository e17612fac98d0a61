"""A message's words and what is not words, read and written through the standard library."""

from __future__ import annotations

import textwrap
from binascii import b2a_qp
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import lru_cache

from amlsec.space import html
from amlsec.space.moves import Reading, reworded

_WIDTH = 72
_OWN = {"content-type", "content-transfer-encoding", "mime-version"}
"""Headers that a body's new letters may call for."""
_CODED = ("base64", "quoted-printable")


def said(mail: str) -> str:
    """The words of the subject and the bodies.

    >>> said("Subject: hello\\nContent-Type: text/html\\n\\n<b>buy</b> &amp; see")
    'hello\\n buy  & see'
    """
    message = _parsed(mail)
    bodies = (html.said(text) if part.get_content_subtype() == "html" else text for part, text in _bodies(message))
    return "\n".join([_subject(message), *bodies])


def adding(mail: str, words: Sequence[str]) -> str:
    """The mail with these words at the end of its first plain body, else of its first body of HTML; as it is without one."""
    message = _parsed(mail)
    bodies = sorted(_bodies(message), key=lambda body: body[0].get_content_subtype() == "html")
    if not bodies:
        return mail
    part, text = bodies[0]
    end = "\r\n" if "\r\n" in text else "\n"
    lines = [*textwrap.wrap(" ".join(words), _WIDTH, break_long_words=False, break_on_hyphens=False), ""]
    _write(part, (html.adding if part.get_content_subtype() == "html" else _after)(text, end.join(lines)))
    return _written(message)


def rewriting(mail: str, change: Reading) -> str:
    """The mail with each word of its subject and bodies changed so."""
    message = _parsed(mail)
    subject = reworded(_subject(message), change)
    if subject != _subject(message):
        _entitle(message, subject)
    for part, text in list(_bodies(message)):
        new = html.reworded(text, change) if part.get_content_subtype() == "html" else reworded(text, change)
        if new != text:
            _write(part, new)
    return _written(message)


@lru_cache(maxsize=1024)
def frame(mail: str) -> tuple[object, ...]:
    """All of a mail that is not words: headers but the subject, structure, tags of HTML, attachments."""
    message = _parsed(mail)
    bodies = {id(part): text for part, text in _bodies(message)}
    return tuple(_frame(part, bodies.get(id(part)), {"subject"} if part is message else set()) for part in message.walk())


@lru_cache(maxsize=1024)
def defects(mail: str) -> int:
    """How many defects the parser finds in the structure, the parts and the subject."""
    message = _parsed(mail)
    subject = message["Subject"]
    return sum(len(part.defects) for part in message.walk()) + (len(subject.defects) if subject is not None else 0)


def _parsed(mail: str) -> EmailMessage:
    ends = "\r\n" if "\r\n" in mail else "\n"
    policy = EmailPolicy(linesep=ends, refold_source="none", cte_type="8bit")
    message: EmailMessage = message_from_bytes(mail.encode("utf-8", "surrogateescape"), policy=policy)
    return message


def _written(message: EmailMessage) -> str:
    return message.as_bytes(unixfrom=bool(message.get_unixfrom())).decode("utf-8", "surrogateescape")


def _subject(message: EmailMessage) -> str:
    return str(message["Subject"] or "")


def _bodies(message: EmailMessage) -> Iterator[tuple[EmailMessage, str]]:
    """The parts that a reader is shown as text, and their text."""
    for part in message.walk():
        shown = part.get_content_type() in ("text/plain", "text/html") and not part.get_filename()
        if shown and not part.is_multipart() and part.get_content_disposition() != "attachment":
            text = _decoded(part)
            if text is not None:
                yield part, text


def _after(text: str, lines: str) -> str:
    return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{lines}"


def _charset(part: EmailMessage) -> str:
    return part.get_content_charset() or "utf-8"


def _decoded(part: EmailMessage) -> str | None:
    """A body's text; None where its character set is unknown, or its encoding cannot be written again."""
    data = part.get_payload(decode=True)
    try:
        return data.decode(_charset(part), "surrogateescape") if isinstance(data, bytes) and _is_clear(part) else None
    except (LookupError, UnicodeError):
        return None


def _encoding(part: EmailMessage) -> str:
    """As the parser reads it: to the letter, blanks and comments included."""
    return str(part["Content-Transfer-Encoding"] or "7bit").lower()


def _is_clear(part: EmailMessage) -> bool:
    """Whether those who read encodings to the letter and those who forgive blanks see the same text."""
    encoding = _encoding(part)
    return encoding in _CODED or not any(name in encoding for name in (*_CODED, "uu"))


def _entitle(message: EmailMessage, subject: str) -> None:
    """The subject as one encoded run where it holds letters beyond ASCII: the parser drops white space between two."""
    written = Header(subject, None if subject.isascii() else "utf-8", header_name="Subject")
    del message["Subject"]
    message.set_raw("Subject", written.encode(linesep=message.policy.linesep))


def _write(part: EmailMessage, text: str) -> None:
    """The text in the part's own character set and encoding where they bear it, else in UTF-8, else not at all."""
    borne = next((charset for charset in (_charset(part), "utf-8") if _bears(charset, text)), None)
    if borne is None:
        return
    encoding, data = _encoding(part), text.encode(borne, "surrogateescape")
    part.set_payload(_encoded(data, encoding).decode("ascii", "surrogateescape"))
    if borne != part.get_content_charset("utf-8" if data.isascii() else ""):
        part.set_param("charset", borne)
    if not data.isascii() and encoding == "7bit":
        del part["Content-Transfer-Encoding"]
        part["Content-Transfer-Encoding"] = "8bit"


def _bears(charset: str, text: str) -> bool:
    """Whether a text is read as it was written in this character set, stray bytes included, line by line."""
    try:
        same = text.encode(charset, "surrogateescape").decode(charset, "surrogateescape") == text
        return same and "\n".encode(charset) == b"\n"
    except (LookupError, UnicodeError):
        return False


def _encoded(data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        from base64 import encodebytes

        return encodebytes(data)
    return b2a_qp(data, istext=True) if encoding == "quoted-printable" else data


def _frame(part: EmailMessage, body: str | None, free: set[str]) -> tuple[object, ...]:
    """What of one part must stay: its headers, and its text's tags or all that it holds."""
    if body is None:
        held = (part.preamble or "", part.epilogue or "") if part.is_multipart() else part.get_payload()
        return _headers(part, free), held
    settings = [(key, value) for key, value in part.get_params([])[1:] if key.lower() != "charset"]
    tags = html.tags(body) if part.get_content_subtype() == "html" else ()
    return _headers(part, free | _OWN), part.get_content_type(), settings, tags


def _headers(part: EmailMessage, free: set[str]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in part.raw_items() if name.lower() not in free]
