"""Words that stand for one another: look-alike spellings and words that say the same, each class by one name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, product
from typing import Any

from amlsec.data import texts
from amlsec.space.contract import Space
from amlsec.space.lookalikes import DIGITS, LETTERS, SIGNS, WIDTHLESS
from amlsec.space.text import TextSpace

_WORD = re.compile(r"\S+")
_CORE = re.compile(r"(\W*)(.*?)(\W*)", re.DOTALL)


def classes(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name that stands in a pair -> the first name, in order, of its class: what pairs connect is one class.

    >>> classes([("buy", "get"), ("fetch", "get"), ("sun", "star")])
    {'buy': 'buy', 'fetch': 'buy', 'get': 'buy', 'star': 'star', 'sun': 'star'}
    """
    members: dict[str, set[str]] = {}
    for pair in pairs:
        joined = set(pair).union(*(members.get(name, ()) for name in pair))
        members.update(dict.fromkeys(joined, joined))
    return {name: min(members[name]) for name in sorted(members)}


_SPELT = str.maketrans(
    {
        **classes((letter.lower(), sign.lower()) for table in (LETTERS, DIGITS, SIGNS) for letter, sign in table.items()),
        **dict.fromkeys(WIDTHLESS, ""),
    }
)


def spelt(word: str) -> str:
    """The word with every character as the first of those that look like it, small and without what has no width.

    >>> spelt("V1agra") == spelt("vi\\u200dagr\\u0430"), spelt("ce11") == spelt("cell")
    (True, True)
    """
    return word.translate(_SPELT).lower().translate(_SPELT)


def named(text: str, meanings: Mapping[str, str]) -> str:
    """The text with every word by the name of its class; `meanings` maps spellings to names.

    >>> same = meanings({"buy": ["get"]})
    >>> named("Buy v1agra!", same) == named("get viagr\u0430!", same)
    True
    """
    return _WORD.sub(lambda word: _named(word[0], meanings), text)


def words_of(rows: Any, space: Space | None) -> Any:
    """What of each text (n,) is words, as a text space reads it: all of it, of a mail the subject and bodies; else the rows.

    Whoever adds or swaps words may write the rest of a mail anew, as its base64, so a proof counts on words alone.

    >>> from amlsec.space.mail import MailSpace
    >>> words_of(texts(["Subject: hello\\n\\nbuy now"]), MailSpace([]))
    array(['hello\\nbuy now'], dtype=object)
    """
    if not isinstance(space, TextSpace) or rows.dtype != object:
        return rows
    return texts([space.said(row) for row in rows])


def meanings(swaps: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The spelling of each word that can be swapped -> the name of its class."""
    pairs = chain.from_iterable(((word, other) for other in others) for word, others in swaps.items())
    return classes((spelt(one), spelt(two)) for one, two in pairs)


def _named(word: str, meanings: Mapping[str, str]) -> str:
    """The name of the word between its signs; a sign may stand for a letter, so as few are left aside as make it a name."""
    lead, _, trail = _CORE.fullmatch(word).groups()  # type: ignore[union-attr]
    for start, end in product(range(len(lead) + 1), range(len(word), len(word) - len(trail) - 1, -1)):
        name = meanings.get(spelt(word[start:end]))
        if name is not None:
            return f"{spelt(word[:start])}{name}{spelt(word[end:])}"
    return spelt(word)
