"""Errors name the argument, its value and the rule; the tree in the docstring is the tree."""

import inspect
import re

import pytest

from amlsec import errors
from amlsec.errors import AccessDenied, AmlsecError, InvalidInput, QueriesSpent, UnsafeFile


def test_invalid_input_names_argument_value_and_rule() -> None:
    error = InvalidInput("share", 1.5, "must lie in [0, 1)")
    assert str(error) == "share is 1.5: must lie in [0, 1)"
    assert (error.argument, error.value) == ("share", 1.5)


def test_a_long_value_is_cut() -> None:
    assert len(str(InvalidInput("rows", list(range(10_000)), "must be few"))) < 200


@pytest.mark.parametrize(
    ("error", "base"),
    [(InvalidInput, ValueError), (UnsafeFile, AmlsecError), (AccessDenied, AmlsecError), (QueriesSpent, AmlsecError)],
)
def test_callers_can_catch_by_the_wider_kind(error: type[Exception], base: type[Exception]) -> None:
    assert issubclass(error, base)


def drawn() -> dict[str, str]:
    """Each error in the docstring's tree and the one it hangs on."""
    above: dict[int, str] = {}
    parents = {}
    for line in inspect.getdoc(errors).split("::")[1].splitlines():
        name = re.search(r"[A-Z]\w+", line)
        if name:
            depth = name.start() // 4
            above[depth] = name.group()
            parents[name.group()] = above.get(depth - 1, "")
    return parents


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    ours = {name: cls for name, cls in vars(errors).items() if isinstance(cls, type) and issubclass(cls, AmlsecError)}
    assert set(drawn()) == set(ours)
    for name, parent in drawn().items():
        assert not parent or issubclass(ours[name], ours[parent])
