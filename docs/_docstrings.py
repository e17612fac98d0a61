"""Reads docstrings as they are written here: after a name and a colon stands what it is; examples need no heading."""

from __future__ import annotations

import re
from typing import Any

import griffe

_TOLD = re.compile(r"^( *)(\w+(?:, \w+)*) : (.+)$", re.MULTILINE)
_RAISES = re.compile(r"^Raises (\w+),? (.*(?:\n\S.*)*)", re.MULTILINE)
_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*(?:\n\n>>> .*(?:\n.+)*)*", re.MULTILINE)
_SKIPS = re.compile(r"^ *>>> import pytest; .*\n", re.MULTILINE)
"""Where a library is missing the example is no test; a reader need not see that."""
_SECTION = re.compile(r"^-{3,}$", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Puts words where numpydoc has types, which come from the signature, and gives what stands after sections a heading."""

    def on_instance(self, *, obj: griffe.Object, **more: Any) -> None:
        if obj.docstring is not None:
            text = _TOLD.sub(r"\1\2\n\1    \3", _SKIPS.sub("", obj.docstring.value))
            obj.docstring.value = _EXAMPLE.sub(_example, _RAISES.sub(_raises, text))


def _example(found: re.Match[str]) -> str:
    """An example after a section is one of its own, else code between paragraphs."""
    return f"Examples\n--------\n{found[0]}" if _after_sections(found) else f"```pycon\n{found[0]}\n```"


def _raises(found: re.Match[str]) -> str:
    """A sentence after a section would be read as one of its names."""
    told = found[2].replace("\n", "\n    ")
    return f"Raises\n------\n{found[1]}\n    {told}" if _after_sections(found) else found[0]


def _after_sections(found: re.Match[str]) -> bool:
    return _SECTION.search(found.string, 0, found.start()) is not None
