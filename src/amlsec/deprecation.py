"""What has another name now: the old one goes on for a while, with a warning that says what to write, and until when."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from amlsec.errors import InvalidInput


class Deprecated(DeprecationWarning):
    """Something goes in a later version; the message names it, what to use instead, and that version."""


class Place(StrEnum):
    """Where a name stands."""

    EXPORT = "amlsec"
    MEMBER = "catalogue"
    AUDIT = "audit"
    BENCH = "bench"
    GATE = "gate.toml"
    POLICY = "policy"
    REGISTER = "source register"
    SPACE = "space"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name that goes.

    Attributes
    ----------
    where : AUDIT and BENCH name an option of that command (with underscores), which is a key of its table in TOML too
    old : a key inside a table by its path, as "rates.period"; * in it is any name, as in "screens.*.hold_back"
    new : what to use instead, in the same table
    removal : the version without the old name, as "0.3"
    """

    where: Place
    old: str
    new: str
    removal: str

    def __str__(self) -> str:
        return f"{self.old} ({self.where}) is deprecated and goes in amlsec {self.removal}: use {self.new}"

    def warn(self, stacklevel: int = 2) -> None:
        """A warning at the caller's caller, or so many further up."""
        warnings.warn(str(self), Deprecated, stacklevel=stacklevel + 1)


RENAMED: tuple[Renamed, ...] = ()
"""Every name of an export, member, option or key that goes; functions and classes say so themselves, by `deprecated`."""

marked: list[Renamed] = []
"""Functions and classes marked by `deprecated`, of the modules imported so far."""

_Marked = TypeVar("_Marked", bound=Callable[..., Any])


def deprecated(new: str, *, removal: str) -> Callable[[_Marked], _Marked]:
    """Mark a function or a class that goes in version `removal`; calling it warns with `Deprecated`.

    >>> @deprecated("amlsec.load", removal="99.0")
    ... def read(path): return path
    >>> with warnings.catch_warnings(record=True, action="always") as said:
    ...     read("mails.csv")
    'mails.csv'
    >>> print(said[0].message)
    read (code) is deprecated and goes in amlsec 99.0: use amlsec.load
    """
    import typing_extensions

    def mark(one: _Marked) -> _Marked:
        going = Renamed(Place.CODE, one.__qualname__, new, removal)
        marked.append(going)
        return typing_extensions.deprecated(str(going), category=Deprecated)(one)

    return mark


def going(where: Place) -> dict[str, Renamed]:
    """The names of this place that go."""
    return {one.old: one for one in RENAMED if one.where == where}


def present(name: str, where: Place, stacklevel: int = 2) -> str:
    """The name as it is now; warns where it is an old one."""
    one = going(where).get(name)
    if one is None:
        return name
    one.warn(stacklevel + 1)
    return one.new


def present_members(names: Iterable[str]) -> tuple[str, ...]:
    """Names of members as they are now."""
    return tuple(present(name, Place.MEMBER, stacklevel=3) for name in names)


def present_keys(told: Mapping[str, Any], where: Place) -> dict[str, Any]:
    """What is told, by the names of now; raises InvalidInput where a name is told by its old name and by its new one."""
    now = dict(told)
    for old, one in going(where).items():
        now = _present(now, old.split("."), one)
    return now


def _present(told: Any, path: list[str], one: Renamed) -> Any:
    """The tables on the path, the key at its end by the new name."""
    if not isinstance(told, Mapping):
        return told
    first, *further = path
    if further:
        return {name: _present(value, further, one) if first in ("*", name) else value for name, value in told.items()}
    return _renamed(told, first, one) if first in told else told


def _renamed(told: Mapping[str, Any], old: str, one: Renamed) -> dict[str, Any]:
    new = one.new.rpartition(".")[2]
    if new in told:
        raise InvalidInput(one.old, told[old], f"is called {one.new} now, which is told too; leave one of them out")
    one.warn(stacklevel=5)
    return {new if name == old else name: value for name, value in told.items()}
