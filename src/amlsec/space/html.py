"""The words of HTML: what stands between the tags."""

from __future__ import annotations

import re
from html import escape, unescape

from amlsec.space.moves import Reading
from amlsec.space.moves import reworded as plainly

_TAG = re.compile(r"(<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>|<[^>]*>)", re.DOTALL | re.IGNORECASE)
_END = re.compile(r"</(body|html)\b", re.IGNORECASE)


def said(text: str) -> str:
    """What stands between the tags, comments, scripts and styles; a tag ends a word.

    >>> said("<p>Tom &amp; <b>Jerry</b><style>p {}</style>")
    ' Tom &  Jerry  '
    """
    return " ".join(unescape(between) for between in _TAG.split(text)[::2])


def tags(text: str) -> tuple[str, ...]:
    """The tags, comments, scripts and styles in turn."""
    return tuple(_TAG.split(text)[1::2])


def reworded(text: str, change: Reading) -> str:
    """The same tags with each word between them changed so.

    >>> reworded("<b>a&amp;b</b> c", str.upper)
    '<b>A&amp;B</b> C'
    """
    parts = _TAG.split(text)
    parts[::2] = [plainly(between, lambda word: _rewritten(word, change)) for between in parts[::2]]
    return "".join(parts)


def adding(text: str, words: str) -> str:
    """The words before the end of the body, as text without a tag.

    >>> adding("<body>hello</body>", "you & me")
    '<body>hello\\nyou &amp; me</body>'
    """
    parts = _TAG.split(text)
    end = next((k for k in range(1, len(parts), 2) if _END.match(parts[k])), len(parts))
    parts[end - 1] = f"{parts[end - 1]}\n{escape(words, quote=False)}"
    return "".join(parts)


def _rewritten(written: str, change: Reading) -> str:
    """One run without white space: several words where it holds escaped spaces."""
    read = unescape(written)
    new = plainly(read, change)
    return written if new == read else escape(new, quote=False)
