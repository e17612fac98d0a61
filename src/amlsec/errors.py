"""Every error amlsec raises on purpose.

::

    AmlsecError
    ├── InvalidInput      an argument, file or setting breaks a rule (also a ValueError)
    ├── UnsafeFile        a file that could run code when opened
    ├── CatalogueError    two members share a name or a code, or a card is incomplete
    ├── AttackError       an attack broke the rules of its game: over budget, outside the space
    ├── AccessDenied      an attack asked the oracle for more than its access grants
    ├── QueriesSpent      an attack asked after its queries were used up
    ├── NotApplicable     an attack needs a model of another kind: linear, of trees, differentiable
    ├── ModelFailed       the model under test raised, or answered with NaN
    ├── GateUnavailable   the gate's database or object store is away, full or locked; nothing was acknowledged
    ├── Tampered          an object or a ledger is not what was written
    ├── NotFound          the gate knows no such submission, source, snapshot or entry
    └── Conflict          what was asked contradicts what the ledger holds
"""

from __future__ import annotations


class AmlsecError(Exception):
    """Base of all errors raised on purpose."""


class InvalidInput(AmlsecError, ValueError):
    """An argument breaks a rule; names the argument, its value and the rule.

    >>> raise InvalidInput("share", 1.5, "must lie in [0, 1)")
    Traceback (most recent call last):
        ...
    amlsec.errors.InvalidInput: share is 1.5: must lie in [0, 1)
    """

    def __init__(self, argument: str, value: object, rule: str) -> None:
        super().__init__(f"{argument} is {_shown(value)}: {rule}")
        self.argument, self.value, self.rule = argument, value, rule

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[str, object, str]]:
        return type(self), (self.argument, self.value, self.rule)


class UnsafeFile(AmlsecError):
    """A file that could run code when it is opened."""

    def __init__(self, argument: str, path: object, rule: str) -> None:
        super().__init__(f"{argument} is {str(path)!r}: {rule}")
        self.argument, self.path, self.rule = argument, path, rule

    def __reduce__(self) -> tuple[type[UnsafeFile], tuple[str, object, str]]:
        return type(self), (self.argument, self.path, self.rule)


class CatalogueError(AmlsecError):
    """Two members share a name or a code, or a card is incomplete."""


class AttackError(AmlsecError):
    """An attack broke the rules of its game."""


class AccessDenied(AmlsecError):
    """An attack asked the oracle for more than its access grants."""


class QueriesSpent(AmlsecError):
    """An attack asked the oracle after its queries were used up."""


class NotApplicable(AmlsecError):
    """An attack needs a model of another kind than the one under test."""


class ModelFailed(AmlsecError):
    """The model under test raised, or answered with NaN."""


class GateUnavailable(AmlsecError):
    """The gate's database or object store is away, full or locked; nothing was acknowledged."""


class Tampered(AmlsecError):
    """An object or a ledger is not what was written."""


class NotFound(AmlsecError):
    """The gate knows no such submission, source, snapshot or entry."""


class Conflict(AmlsecError):
    """What was asked contradicts what the ledger holds."""


HIDDEN = "(not shown)"
"""Stands in an error for a value that may be a secret."""


def _shown(value: object, longest: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= longest else f"{text[:longest]}..."
