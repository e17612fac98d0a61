"""Text from data made safe to show: nothing invisible, nothing that turns the line around, not too long."""

from __future__ import annotations

import re

LONGEST = 300
"""How many characters of one cell or row a report shows."""

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad"  # control characters, soft hyphen
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # marks, overrides and isolates of direction, zero width
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"  # annotations, non-characters, lone surrogates, tags
)


def plain(text: str) -> str:
    """The text with every control, direction and invisible character spelled out.

    >>> plain("ham\\u202espam\\x1b[31m")
    'ham⟨U+202E⟩spam⟨U+001B⟩[31m'
    """
    return _UNSAFE.sub(_spelled, text.replace("\r\n", "\n"))


def clip(text: str, longest: int = LONGEST) -> str:
    """The text, cut with a mark that says how much is left out.

    >>> clip("abcdefgh", 5)
    'abcde … (3 more characters)'
    """
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text) - longest:,} more characters)"


def line(text: str, longest: int = LONGEST) -> str:
    """The text safe, cut and on one line."""
    return plain(clip(" ".join(text.split()), longest))


def _spelled(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"
