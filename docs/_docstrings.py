"""Reads docstrings as they are written here: after a name and a colon stands what it is; examples need no heading."""

from __future__ import annotations

import re
from typing import Any

import griffe

_TOLD = re.compile(r"^( *)(\w+(?:, \w+)*) : (.+)$", re.MULTILINE)
_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*(?:\n\n>>> .*(?:\n.+)*)*", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Puts words where numpydoc has types, which come from the signature, and examples into a block of code."""

    def on_instance(self, *, obj: griffe.Object, **more: Any) -> None:
        if obj.docstring is not None:
            told = _TOLD.sub(r"\1\2\n\1    \3", obj.docstring.value)
            obj.docstring.value = _EXAMPLE.sub(r"```pycon\n\g<0>\n```", told)
