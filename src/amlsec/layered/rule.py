"""How the decisions of several layers become one: all must let a row pass, or any.

Decisions are ordered as `evidence.Decision`: accept, quarantine (ask a person), reject. `&` takes the strictest, `|` the
mildest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput

Said = Mapping[str, NDArray[Any]]
"""What each layer, by name, says of the rows (n,)."""
NAME = r"[a-z0-9-]+"
"""What a layer's name is made of."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Rule:
    """A layer by its name, or several rules joined.

    Attributes
    ----------
    layer : the layer's name; "" where rules are joined
    join : "&" or "|"; "" for a layer
    parts : the joined rules, at least two; none for a layer

    >>> rule = Rule("roni") & (Rule("sphere") | Rule("slab"))
    >>> str(rule), rule.layers
    ('roni & (sphere | slab)', ('roni', 'sphere', 'slab'))
    >>> rule.decide({"roni": np.array([0, 0]), "sphere": np.array([2, 2]), "slab": np.array([0, 1])})
    array([0, 1])
    """

    layer: str = ""
    join: str = ""
    parts: tuple[Rule, ...] = ()

    def __and__(self, other: Rule) -> Rule:
        return _joined("&", (self, other))

    def __or__(self, other: Rule) -> Rule:
        return _joined("|", (self, other))

    def __str__(self) -> str:
        inner = [f"({part})" if part.join == "|" and self.join == "&" else str(part) for part in self.parts]
        return self.layer or f" {self.join} ".join(inner)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of its layers, in order."""
        return (self.layer,) if self.layer else tuple(name for part in self.parts for name in part.layers)

    def decide(self, said: Said, /) -> NDArray[Any]:
        """The decision on each row (n,): the strictest of what is joined by &, the mildest of what is joined by |."""
        return self._combined(said, np.maximum.reduce, np.minimum.reduce)

    def evidence(self, said: Said, /) -> NDArray[Any]:
        """Evidence against each row (n,): the mean of what is joined by &, the least of what is joined by |."""
        return self._combined(said, lambda parts: np.mean(parts, axis=0), np.minimum.reduce)

    def _combined(self, said: Said, strict: Callable[[list[Any]], Any], mild: Callable[[list[Any]], Any]) -> NDArray[Any]:
        if self.layer:
            return said[self.layer]
        parts = [part._combined(said, strict, mild) for part in self.parts]
        found: NDArray[Any] = strict(parts) if self.join == "&" else mild(parts)
        return found

    def without(self, layer: str) -> Rule | None:
        """The rule when this layer is bypassed: it takes no part any more; None where nothing is left."""
        if self.layer:
            return None if self.layer == layer else self
        left = [part for part in (part.without(layer) for part in self.parts) if part is not None]
        return _joined(self.join, left) if left else None

    def split(self, kind: Callable[[str], _T]) -> dict[_T, Rule]:
        """The rule of each kind of layer; raises InvalidInput where an alternative mixes kinds."""
        parts: dict[_T, list[Rule]] = {}
        for part in self.parts if self.join == "&" else (self,):
            kinds = {kind(name) for name in part.layers}
            if len(kinds) > 1:
                rule = "screens judge training rows, learners and guards judge later: join the two with & only"
                raise InvalidInput("layers", str(part), rule)
            parts.setdefault(kinds.pop(), []).append(part)
        return {key: _joined("&", rules) for key, rules in parts.items()}


def _joined(join: str, parts: Sequence[Rule]) -> Rule:
    """The parts as one rule, without brackets that change nothing."""
    if len(parts) == 1:
        return parts[0]
    flat = tuple(inner for part in parts for inner in (part.parts if part.join == join else (part,)))
    return Rule(join=join, parts=flat)


def is_joined(text: str) -> bool:
    """Whether a defense's name is the rule of several.

    >>> is_joined("roni & abstain"), is_joined("roni")
    (True, False)
    """
    return "&" in text or "|" in text


def parsed(text: str) -> Rule:
    """A rule from text: names joined by & and |, of which & binds stronger, and brackets.

    Raises InvalidInput where the text is none, or names a layer twice.

    >>> str(parsed("roni & (sphere|slab)"))
    'roni & (sphere | slab)'
    """
    words = iter([*re.findall(rf"{NAME}|\S", text), ""])
    try:
        rule, end = _alternatives(text, words)
    except RecursionError as error:
        raise InvalidInput("layers", text, "has too many brackets within each other") from error
    if end:
        raise _unread(text, end)
    twice = sorted({name for name in rule.layers if rule.layers.count(name) > 1})
    if twice:
        raise InvalidInput("layers", text, f"names {', '.join(twice)} twice")
    return rule


def _alternatives(text: str, words: Iterator[str]) -> tuple[Rule, str]:
    """The longest rule from here on, and the word after it."""
    return _series("|", lambda: _series("&", lambda: _one(text, words)))


def _series(join: str, read: Callable[[], tuple[Rule, str]]) -> tuple[Rule, str]:
    parts, after = [], join
    while after == join:
        rule, after = read()
        parts.append(rule)
    return _joined(join, parts), after


def _one(text: str, words: Iterator[str]) -> tuple[Rule, str]:
    """A name or a bracket, and the word after it."""
    word = next(words)
    if word == "(":
        rule, end = _alternatives(text, words)
        if end != ")":
            raise _unread(text, end)
        return rule, next(words)
    if not re.fullmatch(r"[a-z0-9-]+", word):
        raise _unread(text, word)
    return Rule(word), next(words)


def _unread(text: str, word: str) -> InvalidInput:
    where = f"cannot be read at {word!r}" if word else "ends too early"
    return InvalidInput("layers", text, f"{where}; it must be names joined by & and |, with brackets")
