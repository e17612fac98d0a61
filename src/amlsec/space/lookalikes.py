"""Spellings that look alike: other letters, digits for letters, characters of no width.

The letters are pairs of Unicode's "confusables.txt" (Unicode Technical Standard 39, Unicode Security Mechanisms): Cyrillic,
Greek and Armenian ones, and the g of phonetics, that most fonts draw as a usual Latin one. The digits and signs are those of
"leet" spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

LETTERS: Mapping[str, str] = dict(
    zip(
        "acdeghijnopqsuvwxyABCEHJKMNOPSTXYZ",
        "\u0430\u0441\u0501\u0435\u0261\u04bb\u0456\u0458\u0578\u043e\u0440\u051b\u0455\u057d\u03bd\u051d\u0445\u0443"
        "\u0410\u0412\u0421\u0415\u041d\u0408\u041a\u041c\u039d\u041e\u0420\u0405\u0422\u0425\u04ae\u0396",
        strict=True,
    )
)
"""A Latin letter -> one of another script that looks like it."""

DIGITS: Mapping[str, str] = dict(zip("abegilostABEGILOST", "483911057483911057", strict=True))
"""A letter -> the digit that stands for it."""

SIGNS: Mapping[str, str] = {"a": "@", "i": "!", "l": "|", "s": "$", "A": "@", "I": "!", "L": "|", "S": "$"}
"""A letter -> the sign that stands for it."""

WIDTHLESS = "\u200b\u200c\u200d\u2060\ufeff"
"""Zero width space, non-joiner and joiner, word joiner, and zero width no-break space."""

_TABLES = (LETTERS, DIGITS, SIGNS)
_PAIRS = frozenset(pair for table in _TABLES for pair in table.items())
_NO_WIDTH = dict.fromkeys(map(ord, WIDTHLESS))


def looks_like(new: str, old: str) -> bool:
    """Whether `new` is `old` with some characters replaced by look-alikes, or with characters of no width in it.

    >>> looks_like("v1agra", "viagra"), looks_like("vi\\u200dagra", "viagra"), looks_like("niagra", "viagra")
    (True, True, False)
    """
    one, two = _visible(new), _visible(old)
    same_size = new != old and len(one) == len(two)
    return same_size and all(b == a or (a, b) in _PAIRS for b, a in zip(one, two, strict=True))


def spellings(word: str) -> tuple[str, ...]:
    """A few look-alikes of a word: its first letter of another script, all of them, digits, a joiner within.

    >>> spellings("soft") == ("\\u0455oft", "\\u0455\\u043eft", "50f7", "s\\u200doft")
    True
    """
    first = next((k for k, letter in enumerate(word) if letter in LETTERS), 0)
    tries = (
        word[:first] + _all(word[first : first + 1], LETTERS) + word[first + 1 :],
        _all(word, LETTERS),
        _all(word, DIGITS),
        f"{word[:1]}\u200d{word[1:]}" if len(word) > 1 else word,
    )
    return tuple(dict.fromkeys(each for each in tries if each != word))


def plain(word: str) -> str:
    """The word with other scripts' letters, digits and signs read as the letter they stand for, without what has no width.

    >>> plain("v1\\u200d@gr\\u0430")
    'viagra'
    """
    return _all(_visible(word), _READ)


@lru_cache(maxsize=1 << 16)
def _visible(word: str) -> str:
    """The word without what has no width."""
    return word.translate(_NO_WIDTH)


def _all(word: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in word)


_READ = {
    sign: letter
    for table in _TABLES
    for letter, sign in sorted(table.items(), key=lambda pair: (pair[0].islower(), -ord(pair[0])))
}
"""A look-alike -> the letter it is read as: where it stands for several, the small and first of the alphabet."""
