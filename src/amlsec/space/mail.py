"""Mails: messages whose attacker writes the subject and the bodies, and leaves the rest as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amlsec.space.message import adding, defects, frame, rewriting, said
from amlsec.space.moves import Reading
from amlsec.space.text import TextSpace


class MailSpace(TextSpace):
    """Mails as RFC 5322 messages; see `TextSpace`, whose words here are those of the subject and the bodies.

    A row is a message as str, bytes read as UTF-8 with "surrogateescape" where they are none. Bodies are the parts
    text/plain and text/html that are not attached; words of HTML are what stands between the tags. Added words go to the
    first plain body, else into the first of HTML. Headers but the subject, structure, tags and attachments stay as they are,
    byte for byte; only a changed body's character set and transfer encoding may become those its new letters need. What
    changes anything else, or leaves more defects than there were, costs infinity. A mail that cannot be written so, for it
    has no body or is broken, stays as it is.

    >>> from amlsec.data import texts
    >>> space = MailSpace(["agenda"], lookalikes=True)
    >>> mail = texts(["Subject: cheap\\n\\nbuy pills\\n"])
    >>> print(space.adding(mail[0], ["agenda"]))
    Subject: cheap
    <BLANKLINE>
    buy pills
    agenda
    <BLANKLINE>
    >>> space.cost(mail, texts(["Subject: ch3ap\\n\\nbuy pills agenda\\n"]))
    array([2.])
    >>> space.cost(mail, texts(["Subject: cheap\\nX-Spam: no\\n\\nbuy pills\\n"]))
    array([inf])
    """

    def said(self, text: str) -> str:
        """The words of the subject and the bodies."""
        return said(text)

    def adding(self, text: str, words: Sequence[str]) -> str:
        """The mail with these words in its first body."""
        return self._unless_broken(text, adding(text, words)) if words else text

    def rewriting(self, text: str, change: Reading) -> str:
        """The mail with each word of its subject and bodies changed so."""
        return self._unless_broken(text, rewriting(text, change))

    def _cost(self, old: str, new: str) -> float:
        return super()._cost(old, new) if _kept(old, new) else np.inf

    def _unless_broken(self, old: str, new: str) -> str:
        return new if said(new).split() != said(old).split() and _kept(old, new) else old


def _kept(old: str, new: str) -> bool:
    return old == new or (frame(old) == frame(new) and defects(new) <= defects(old))
